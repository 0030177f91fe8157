#include "run/launch.hpp"

#include "run/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <optional>

namespace cohort_run {
namespace {

using cohort::cluster::host;
using cohort::cluster::launcher;

/// By these mpirun does something to what ranks write.
constexpr std::array<const char*, 5> output_settings = {
    "OMPI_MCA_orte_tag_output", "OMPI_MCA_orte_timestamp_output", "OMPI_MCA_orte_xml_output",
    "OMPI_MCA_orte_xml_file", "OMPI_MCA_orte_xterm"};

/// How many ranks fit by mpirun's own count; std::nullopt where only the hosts know.
std::optional<unsigned> count_slots(const options& how, const situation& where) {
  const auto& hosts = where.hosts.hosts;
  if (!how.hostfile.empty() || !how.hosts.empty()) {
    // In a Slurm job a host takes no more than Slurm has given there.
    if (where.given.slurm || !where.hosts.relative.empty() || hosts.empty()) return std::nullopt;
    if (std::any_of(hosts.begin(), hosts.end(), [](const host& each) { return !each.slots; })) return std::nullopt;
    return std::accumulate(hosts.begin(), hosts.end(), 0U, [](unsigned sum, const host& each) {
      return sum + static_cast<unsigned>(each.slots.value_or(0));
    });
  }
  if (where.given.slurm) {
    const auto slots = where.given.slots();
    return slots > 0 ? std::optional{slots} : std::nullopt;
  }
  // mpirun has more sources of hosts than we know of.
  if (where.environment("OMPI_MCA_orte_default_hostfile")) return std::nullopt;
  return where.cores.physical > 0 ? std::optional{where.cores.physical} : std::nullopt;
}

/// The most ranks that mpirun puts on this host.
unsigned ranks_here(const options& how, const situation& where) {
  const auto& hosts = where.hosts.hosts;
  if (!how.hostfile.empty() || !how.hosts.empty()) {
    const auto here =
        std::find_if(hosts.begin(), hosts.end(), [&](const host& each) { return each.name == where.this_host; });
    if (here == hosts.end() || !here->slots) return 0;
    const auto slots = static_cast<unsigned>(*here->slots);
    return how.ranks > 0 && (how.ranks < slots || hosts.size() == 1) ? how.ranks : slots;
  }
  if (where.given.slurm) return 0;  // Slurm gives a rank its cores
  return how.ranks > 0 ? how.ranks : where.cores.physical;
}

class builder {
 public:
  builder(const options& how, const situation& where) : how_{how}, where_{where} {}

  launch build() {
    result_.arguments = {"mpirun"};
    result_.elsewhere = !how_.hostfile.empty() || !how_.hosts.empty() || where_.given.slurm.has_value() ||
                        where_.environment("OMPI_MCA_orte_default_hostfile").has_value();
    result_.relayed = std::any_of(output_settings.begin(), output_settings.end(), [this](const char* each) {
      return where_.environment(each).value_or("0") != "0";
    });
    settings();
    if (how_.fault_tolerant) add({"--enable-recovery"});
    if (!how_.hostfile.empty()) add({"--hostfile", how_.hostfile});
    if (!how_.hosts.empty()) add({"--host", how_.hosts});
    if (how_.ranks > 0) {
      const auto slots = count_slots(how_, where_);
      if (!slots || how_.ranks > *slots) add({"--oversubscribe"});
      add({"-n", std::to_string(how_.ranks)});
    }
    exports();
    result_.arguments.insert(result_.arguments.end(), how_.command.begin(), how_.command.end());
    return std::move(result_);
  }

 private:
  void add(std::initializer_list<std::string> words) { result_.arguments.insert(result_.arguments.end(), words); }

  /// Unless the user has set it.
  void set(const std::string& name, const std::string& value) {
    if (!where_.environment(name.c_str())) result_.environment.emplace_back(name, value);
  }

  /// As environment: a parameter that a command line names twice is fatal, and what users have set would be
  /// overruled.
  void settings() {
    if (where_.root) {
      set("OMPI_ALLOW_RUN_AS_ROOT", "1");
      set("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    }
    const bool chosen = how_.bind != options::binding::none;
    const std::string policy = how_.bind == options::binding::core     ? "core"
                               : how_.bind == options::binding::socket ? "socket"
                                                                       : "none";
    if (chosen) {
      result_.environment.emplace_back("OMPI_MCA_hwloc_base_binding_policy", policy);
    } else {
      // At two ranks mpirun would tie each to one core, which its helper threads would then share.
      set("OMPI_MCA_hwloc_base_binding_policy", policy);
    }
    // mpirun believes the slots that it is told; if these are more than cores, ranks that wait must not spin.
    if (ranks_here(how_, where_) > where_.cores.usable()) set("OMPI_MCA_mpi_yield_when_idle", "1");
    if (where_.given.slurm) set("PMIX_MCA_gds", "hash");
    if (how_.fault_tolerant) {
      result_.environment.emplace_back("COHORT_FAULT_TOLERANT", "1");
      // -f: a host that is lost later is no failed start, which would end the job even under --enable-recovery.
      // Its keep-alives tell cohort-run of one that is lost meanwhile.
      set("OMPI_MCA_plm_rsh_agent",
          "ssh -f -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=2");
    }
  }

  void exports() {
    if (!result_.elsewhere) {
      for (const auto& each : how_.exported) add({"-x", each});
      return;
    }
    std::vector<std::string> names;
    const auto given = [&](const std::string& name) {
      return std::any_of(how_.exported.begin(), how_.exported.end(),
                         [&](const std::string& each) { return each.substr(0, each.find('=')) == name; });
    };
    for (const auto& name : where_.variables) {
      if (name.compare(0, 7, "COHORT_") == 0 && !given(name)) names.push_back(name);
    }
    if (!given("COHORT_VERDICT")) names.emplace_back("COHORT_VERDICT");
    if (how_.fault_tolerant && !given("COHORT_FAULT_TOLERANT")) names.emplace_back("COHORT_FAULT_TOLERANT");
    if (where_.given.slurm && !given("PMIX_MCA_gds")) names.emplace_back("PMIX_MCA_gds");
    // Each host looks for the program, in the PATH that a command by ssh has; Slurm takes ours along anyway.
    const bool named = how_.command.front().find('/') == std::string::npos;
    if (named && !where_.given.slurm && where_.environment("PATH") && !given("PATH")) names.emplace_back("PATH");
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const auto& name : names) add({"-x", name});
    for (const auto& each : how_.exported) add({"-x", each});
  }

  const options& how_;
  const situation& where_;
  launch result_;
};

/// As a host of a list is called: without its domain, unless it is an address.
std::string short_name(const std::string& name) {
  return name.find_first_not_of("0123456789.") == std::string::npos ? name : name.substr(0, name.find('.'));
}

/// mpirun takes those hosts of a list that the job has, and drops the others without a word.
void check_allocated(const options& how, const situation& where) {
  if (!where.given.slurm || where.given.slurm->nodes.empty()) return;
  const auto& nodes = where.given.slurm->nodes;
  for (const auto& each : where.hosts.hosts) {
    const auto allocated = std::any_of(nodes.begin(), nodes.end(),
                                       [&](const auto& node) { return short_name(node.name) == each.name; });
    if (allocated || each.name == where.this_host) continue;
    throw run_error{
        fmt::format("{} of {} is not in Slurm job {} (mpirun would leave it out without a word); leave out {}, or "
                    "ask Slurm for it",
                    each.name, how.hostfile.empty() ? "the list of hosts" : how.hostfile, where.given.slurm->id,
                    how.hostfile.empty() ? "--host" : "--hostfile")};
  }
}

/// As a task of an srun that knows nothing of MPI: not seen as a rank by anybody.
bool one_of_many(const situation& where) {
  return where.environment("SLURM_STEP_ID") &&
         std::strtoul(where.environment("SLURM_STEP_NUM_TASKS").value_or("1").c_str(), nullptr, 10) > 1;
}

}  // namespace

launch plan_launch(const options& how, const situation& where) {
  if (where.given.by != launcher::none) {
    throw run_error{fmt::format(
        "this is a rank of {} already (each would start a job of its own); start cohort-run alone, without {}",
        where.given.describe(), to_string(where.given.by))};
  }
  if (one_of_many(where)) {
    throw run_error{
        "this is one of several tasks of srun (each would start a job of its own, and wait for the others' hosts); "
        "start cohort-run without srun: it starts the ranks itself"};
  }
  if (!where.hosts.relative.empty() && !where.given.slurm) {
    throw run_error{
        fmt::format("{} means a host of an allocation (there is none here); name the host, or run it in a "
                    "Slurm job",
                    where.hosts.relative.front())};
  }
  if (!how.hostfile.empty() && where.hosts.hosts.empty() && where.hosts.relative.empty()) {
    throw run_error{
        fmt::format("{} names no host (mpirun would run everything on this one); write a line for each: "
                    "NAME slots=NUMBER",
                    how.hostfile)};
  }
  check_allocated(how, where);
  return builder{how, where}.build();
}

std::string shell_quoted(const std::string& word) {
  constexpr const char* plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:,=@%+";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string launch::text() const {
  std::string line;
  for (const auto& [name, value] : environment) line += fmt::format("{}={} ", name, shell_quoted(value));
  for (const auto& word : arguments) line += shell_quoted(word) + " ";
  line.pop_back();
  return line;
}

}  // namespace cohort_run
