#include "info/report.hpp"

#include <nlohmann/json.hpp>

namespace cohort_info {
namespace {

using nlohmann::ordered_json;

template <class T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json slurm(const facts& of) {
  if (!of.given.slurm) return nullptr;
  const auto& job = *of.given.slurm;
  auto nodes = ordered_json::array();
  for (const auto& each : job.nodes) {
    nodes.push_back({{"name", each.name}, {"ranks", each.ranks}, {"cores", each.cores}});
  }
  ordered_json result{
      {"job", job.id}, {"nodes", nodes}, {"cpus_per_task", job.cpus_per_task}, {"restarts", job.restarts}};
  result["array_job"] = or_null(job.array_job);
  result["array_task"] = or_null(job.array_task);
  result["end"] = of.end ? ordered_json(std::chrono::system_clock::to_time_t(*of.end)) : ordered_json(nullptr);
  return result;
}

ordered_json ranks(const facts& of) {
  auto all = ordered_json::array();
  for (const auto& each : of.ranks) {
    all.push_back({{"rank", each.rank},
                   {"host", each.host},
                   {"cpus", each.cpus},
                   {"online", each.online},
                   {"usable", each.usable},
                   {"yields", each.yields},
                   {"mpi", each.mpi}});
  }
  return all;
}

ordered_json hosts_of_job(const facts& of) {
  auto all = ordered_json::array();
  for (const auto& each : by_host(of.ranks)) {
    all.push_back({{"host", each.host},
                   {"ranks", each.ranks},
                   {"cpus", each.cpus},
                   {"cores", each.cores},
                   {"bound", each.bound},
                   {"oversubscribed", each.oversubscribed}});
  }
  return all;
}

ordered_json hostfile(const hostfile_facts& file) {
  auto hosts = ordered_json::array();
  for (const auto& each : file.hosts) {
    ordered_json host{{"name", each.host.name}, {"line", each.host.line}, {"user", each.host.user}};
    host["slots"] = or_null(each.host.slots);
    host["max_slots"] = or_null(each.host.max_slots);
    host["cores"] = each.cores > 0 ? ordered_json(each.cores) : ordered_json(nullptr);
    host["here"] = each.here;
    host["known"] = or_null(each.known);
    host["reached"] = or_null(each.reached);
    host["mpi"] = each.mpi;
    hosts.push_back(host);
  }
  return {{"file", file.name}, {"hosts", hosts}, {"relative", file.reading.hosts.relative}};
}

}  // namespace

std::string json_report(const facts& of, const std::vector<finding>& found) {
  const auto& v = of.versions;
  ordered_json all{{"cohort", v.cohort},
                   {"compiler", v.compiler},
                   {"boost", v.boost},
                   {"mpi_built", v.mpi_built},
                   {"mpi", v.mpi_loaded}};
  all["mpirun"] = {{"path", of.mpirun.path}, {"version", of.mpirun.version}, {"starts", or_null(of.mpirun.starts)}};
  all["launcher"] = to_string(of.given.by);
  all["started_by"] = of.given.describe();
  all["slurm"] = slurm(of);
  all["host"] = of.host;
  all["cpus"] = of.cores.cpus;
  all["online"] = of.cores.online;
  all["physical"] = of.cores.physical;
  all["quota"] = or_null(of.cores.quota);
  all["size"] = of.ranks.size();
  all["hosts"] = hosts_of_job(of);
  all["ranks"] = ranks(of);
  all["hostfile"] = of.hostfile ? hostfile(*of.hostfile) : ordered_json(nullptr);
  all["findings"] = ordered_json::array();
  for (const auto& each : found) {
    all["findings"].push_back({{"level", each.problem ? "problem" : "note"}, {"text", each.text}});
  }
  // What an environment or a file holds need not be UTF-8.
  return all.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace cohort_info
