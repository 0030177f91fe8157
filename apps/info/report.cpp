#include "info/report.hpp"

#include <cohort/cluster/node_list.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>

namespace cohort_info {
namespace {

using cohort::cluster::compress_cpu_list;

void line(std::string& out, std::string_view name, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "{:<12}{}\n", name, text);
}

std::string plural(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

std::string cores_text(const cohort::cluster::cores& of) {
  auto text = fmt::format("{} of {} CPUs", of.cpus.size(), of.online);
  if (of.physical > 0 && of.physical != of.cpus.size()) text += fmt::format(", on {}", plural(of.physical, "core"));
  if (!of.cpus.empty()) text += fmt::format(" ({})", compress_cpu_list(of.cpus));
  if (of.quota) text += fmt::format(", time of {:.1f}", *of.quota);
  return text;
}

std::string time_text(std::chrono::system_clock::time_point at, std::chrono::system_clock::time_point now) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(at - now).count();
  return fmt::format("{:%Y-%m-%d %H:%M:%S}, in {} h {} min",
                     fmt::localtime(std::chrono::system_clock::to_time_t(at)), minutes / 60, minutes % 60);
}

void slurm_lines(std::string& out, const facts& of) {
  if (!of.given.slurm) return;
  const auto& job = *of.given.slurm;
  std::vector<std::string> names;
  names.reserve(job.nodes.size());
  for (const auto& each : job.nodes) names.push_back(each.name);
  auto nodes = fmt::format("{} ({})", names.size(), cohort::cluster::compress_node_list(names));
  if (of.given.slots() > 0) nodes += ", " + plural(of.given.slots(), "slot");
  line(out, "nodes", nodes);
  if (job.cpus_per_task > 0) line(out, "CPUs a task", std::to_string(job.cpus_per_task));
  if (of.end) line(out, "ends", time_text(*of.end, of.now));
}

void table(std::string& out, const std::vector<rank_facts>& ranks) {
  const auto hosts = by_host(ranks);
  std::size_t width = 4;
  std::size_t ranks_width = 5;
  std::vector<std::string> numbers;
  for (const auto& each : hosts) {
    width = std::max(width, each.host.size());
    numbers.push_back(compress_cpu_list({each.ranks.begin(), each.ranks.end()}));
    ranks_width = std::max(ranks_width, numbers.back().size());
  }
  fmt::format_to(std::back_inserter(out), "\n{:<{}}  {:<{}}  {:>6}  {:>5}  {}\n", "host", width, "ranks",
                 ranks_width, "number", "cores", "binding");
  for (std::size_t i = 0; i != hosts.size(); ++i) {
    const auto& each = hosts[i];
    fmt::format_to(std::back_inserter(out), "{:<{}}  {:<{}}  {:>6}  {:>5}  {}{}\n", each.host, width, numbers[i],
                   ranks_width, each.ranks.size(), each.cores,
                   each.bound ? fmt::format("to CPUs {}", compress_cpu_list(each.cpus)) : "none",
                   each.oversubscribed ? ", more ranks than cores" : "");
  }
}

std::string state_of(const host_facts& of) {
  if (of.known == false) return "not known";
  if (of.here) return "this host";
  if (!of.reached) return "not asked";
  if (!*of.reached) return "not reached";
  return of.orted ? (of.mpi.empty() ? std::string{"reached"} : of.mpi) : "reached, no Open MPI";
}

void hosts_table(std::string& out, const hostfile_facts& file) {
  if (file.hosts.empty()) return;
  std::size_t width = 4;
  for (const auto& each : file.hosts) width = std::max(width, each.host.name.size());
  fmt::format_to(std::back_inserter(out), "\n{}:\n{:<{}}  {:>5}  {:>5}  {}\n", file.name, "host", width, "slots",
                 "cores", "state");
  for (const auto& each : file.hosts) {
    fmt::format_to(std::back_inserter(out), "{:<{}}  {:>5}  {:>5}  {}\n", each.host.name, width,
                   each.host.slots ? std::to_string(*each.host.slots) : "cores",
                   each.cores > 0 ? std::to_string(each.cores) : "?", state_of(each));
  }
}

}  // namespace

std::string text_report(const facts& of, const std::vector<finding>& found) {
  std::string out;
  const auto& v = of.versions;
  line(out, "cohort", fmt::format("{} ({}, Boost {})", v.cohort, v.compiler, v.boost));
  line(out, "MPI",
       v.mpi_loaded == v.mpi_built ? v.mpi_loaded : fmt::format("{}, built for {}", v.mpi_loaded, v.mpi_built));
  line(out, "mpirun",
       of.mpirun.path.empty()
           ? std::string{"none"}
           : fmt::format("{}{}{}", of.mpirun.path, of.mpirun.version.empty() ? "" : ", ", of.mpirun.version));
  line(out, "started by", of.given.describe());
  slurm_lines(out, of);
  if (of.ranks.empty()) {
    line(out, "host", of.host);
    line(out, "cores", cores_text(of.cores));
  } else {
    line(out, "ranks", std::to_string(of.ranks.size()));
    table(out, of.ranks);
  }
  if (of.hostfile) hosts_table(out, *of.hostfile);
  out += '\n';
  const auto problems = static_cast<std::size_t>(
      std::count_if(found.begin(), found.end(), [](const finding& each) { return each.problem; }));
  if (problems == 0) out += "No problems found.\n";
  for (const auto& each : found) {
    fmt::format_to(std::back_inserter(out), "{}: {}\n", each.problem ? "problem" : "note", each.text);
  }
  return out;
}

}  // namespace cohort_info
