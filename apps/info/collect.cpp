#include "info/collect.hpp"

#include <cohort/cluster/job_end.hpp>

#include "info/program.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <sstream>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace cohort_info {
namespace {

using cohort::cluster::process_variable;

bool is_set_to(const char* name, std::string_view value) {
  return process_variable(name) == std::string{value};
}

bool executable_file(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string find_program(const std::string& name) {
  std::istringstream path{process_variable("PATH").value_or("/usr/bin:/bin")};
  for (std::string folder; std::getline(path, folder, ':');) {
    auto file = (folder.empty() ? "." : folder) + "/" + name;
    if (executable_file(file)) return file;
  }
  return {};
}

/// Free bytes; std::nullopt if this process cannot write there.
std::optional<std::uint64_t> free_bytes(const std::string& folder) {
  struct statvfs about {};
  if (::access(folder.c_str(), W_OK) != 0 || ::statvfs(folder.c_str(), &about) != 0) return std::nullopt;
  return std::uint64_t{about.f_bavail} * about.f_frsize;
}

std::string temporary_folder() {
  for (const auto* name : {"OMPI_MCA_orte_tmpdir_base", "TMPDIR", "TEMP", "TMP"}) {
    if (auto found = process_variable(name); found && !found->empty()) return *found;
  }
  return "/tmp";
}

/// "mpirun (Open MPI) 4.1.4" is "Open MPI 4.1.4".
std::string version_in(const std::string& output) {
  constexpr std::string_view mark = "(Open MPI) ";
  const auto line = first_words(output);
  const auto at = line.find(mark);
  return at == std::string::npos ? line : "Open MPI " + line.substr(at + mark.size());
}

mpirun_facts ask_mpirun(const options& how, bool root) {
  mpirun_facts result;
  result.path = find_program("mpirun");
  if (result.path.empty() || how.quick) return result;
  const std::chrono::seconds limit{how.timeout};
  const auto version = run_program("exec mpirun --version", limit);
  if (version.status == 0) result.version = version_in(version.output);
  const auto permission = root ? "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 " : "";
  const auto trial = run_program(fmt::format("{}exec mpirun --host localhost -n 1 true", permission), limit);
  result.starts = trial.status == 0 && !trial.timed_out;
  if (!*result.starts) {
    result.complaint =
        trial.timed_out ? fmt::format("nothing in {} seconds", how.timeout) : first_words(trial.output);
    if (result.complaint.empty()) result.complaint = fmt::format("nothing, its status is {}", trial.status);
  }
  return result;
}

}  // namespace

facts collect(const options& how, bool leads) {
  facts result;
  result.versions = cohort::find_versions();
  result.now = std::chrono::system_clock::now();
  std::array<char, 256> name{};
  (void)::gethostname(name.data(), name.size() - 1);
  result.host = name.data();
  try {
    result.given = cohort::cluster::find_allocation();
  } catch (const cohort::error& e) {
    result.contradiction = e.what();
  }
  result.cores = cohort::cluster::find_cores();
  result.root = ::geteuid() == 0;
  result.root_allowed =
      is_set_to("OMPI_ALLOW_RUN_AS_ROOT", "1") && is_set_to("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
  result.gds_hash = is_set_to("PMIX_MCA_gds", "hash");
  result.lonely_step = process_variable("SLURM_STEP_ID") && !process_variable("PMIX_RANK") &&
                       result.given.by == cohort::cluster::launcher::none &&
                       std::atoi(process_variable("SLURM_STEP_NUM_TASKS").value_or("1").c_str()) > 1;
  result.shared_memory = free_bytes("/dev/shm");
  result.temporary = temporary_folder();
  result.temporary_free = free_bytes(result.temporary);
  if (!leads) return result;
  if (result.given.by == cohort::cluster::launcher::none) {
    result.mpirun = ask_mpirun(how, result.root);
  } else {
    // Within a job there is no need to try it, and Open MPI does not like to be started by a rank.
    result.mpirun.path = find_program("mpirun");
  }
  if (!how.quick && result.given.slurm) result.end = cohort::cluster::job_end(result.given);
  return result;
}

rank_facts describe_rank(const facts& of, int rank, const std::string& host) {
  rank_facts result;
  result.rank = rank;
  result.host = host;
  result.mpi = of.versions.mpi_loaded;
  result.cpus = of.cores.cpus;
  result.online = of.cores.online;
  result.usable = of.cores.usable();
  // mpirun tells its ranks whether it takes their node for oversubscribed.
  result.yields =
      is_set_to("OMPI_MCA_mpi_oversubscribe", "1") ||
      (process_variable("OMPI_MCA_mpi_yield_when_idle") && !is_set_to("OMPI_MCA_mpi_yield_when_idle", "0"));
  result.gds_hash = of.gds_hash;
  return result;
}

}  // namespace cohort_info
