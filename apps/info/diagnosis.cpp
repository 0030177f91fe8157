#include "info/diagnosis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace cohort_info {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
/// What Open MPI's shared-memory transport takes in /dev/shm for each rank, and a little.
constexpr std::uint64_t memory_per_rank = 5 * mebibyte;
constexpr std::uint64_t least_temporary = 8 * mebibyte;

class findings {
 public:
  void problem(std::string text) { all_.push_back({true, std::move(text)}); }
  void note(std::string text) { all_.push_back({false, std::move(text)}); }
  std::vector<finding> sorted() {
    std::stable_sort(all_.begin(), all_.end(),
                     [](const finding& a, const finding& b) { return a.problem && !b.problem; });
    return std::move(all_);
  }

 private:
  std::vector<finding> all_;
};

void check_mpi(const facts& of, findings& out) {
  const auto& v = of.versions;
  if (v.mpi_built != v.mpi_loaded) {
    out.problem(
        fmt::format("cohort was built for {} and runs on {} (their binary interfaces may differ); set "
                    "LD_LIBRARY_PATH, or load the module, of the former, or build cohort anew",
                    v.mpi_built, v.mpi_loaded));
  }
  if (of.mpirun.path.empty()) {
    out.problem(
        "there is no mpirun in PATH (it starts programs of several ranks); install Open MPI (Debian: openmpi-bin), "
        "or load "
        "its module");
  } else if (!of.mpirun.version.empty() && of.mpirun.version != v.mpi_loaded) {
    out.problem(
        fmt::format("{} belongs to {}, but programs run on {} (each rank would be a world of its own, or hang); "
                    "put the directory of the latter's mpirun first in PATH",
                    of.mpirun.path, of.mpirun.version, v.mpi_loaded));
  }
  if (of.mpirun.starts == false) {
    out.problem(
        fmt::format("mpirun does not start a program (it says: {}); run `mpirun -n 1 true` to see all of it",
                    of.mpirun.complaint));
  }
}

void check_machine(const facts& of, findings& out) {
  if (of.root && !of.root_allowed && of.ranks.empty()) {
    out.problem(
        "mpirun refuses to run as root (OMPI_ALLOW_RUN_AS_ROOT and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM are not both 1); "
        "use "
        "cohort-run, which sets them, or set them, or be another user");
  }
  const auto ranks = std::max<std::uint64_t>(of.ranks.empty() ? of.cores.usable() : of.given.local_size, 1);
  if (!of.shared_memory) {
    out.problem("/dev/shm cannot be written (ranks on one host exchange data through it); mount a tmpfs there");
  } else if (*of.shared_memory < ranks * memory_per_rank && of.ranks.empty()) {
    out.problem(
        fmt::format("/dev/shm has {} MiB free ({} ranks need about {} MiB there, and shared windows more); free "
                    "it, or enlarge it (docker run --shm-size=1g)",
                    *of.shared_memory / mebibyte, ranks, ranks * memory_per_rank / mebibyte));
  }
  if (!of.temporary_free) {
    out.problem(
        fmt::format("{} cannot be written (Open MPI keeps its session there); set TMPDIR to a directory on a "
                    "local disk that can",
                    of.temporary));
  } else if (*of.temporary_free < least_temporary) {
    out.problem(fmt::format("{} has {} MiB free (Open MPI keeps its session there); free it, or set TMPDIR",
                            of.temporary, *of.temporary_free / mebibyte));
  }
  if (of.cores.quota && *of.cores.quota + 0.01 < static_cast<double>(of.cores.cpus.size())) {
    out.note(fmt::format(
        "a cgroup allows {:.1f} CPUs' time on {} CPUs (mpirun counts the latter); start {} ranks, or set "
        "OMPI_MCA_mpi_yield_when_idle=1, as cohort-run does",
        *of.cores.quota, of.cores.cpus.size(), of.cores.usable()));
  }
}

void check_slurm(const facts& of, findings& out) {
  if (!of.contradiction.empty()) out.problem(of.contradiction);
  if (of.lonely_step) {
    out.problem(
        "the tasks of this srun do not know each other (each is a world of one rank: Slurm was not asked for "
        "PMIx); use "
        "srun --mpi=pmix, or mpirun in the batch script");
  }
  if (!of.given.slurm) return;
  const bool by_srun = of.given.by == cohort::cluster::launcher::srun;
  const bool hash = of.ranks.empty() ? of.gds_hash
                                     : std::all_of(of.ranks.begin(), of.ranks.end(),
                                                   [](const rank_facts& each) { return each.gds_hash; });
  constexpr const char* text =
      "PMIX_MCA_gds is not hash (of starts by srun --mpi=pmix, 2 to 12 in 100 crash or hang without); export "
      "PMIX_MCA_gds=hash before srun";
  if (!hash && by_srun) out.problem(text);
  if (!hash && of.given.by == cohort::cluster::launcher::none && !of.lonely_step) out.note(text);
  if (of.end) {
    const auto left = std::chrono::duration_cast<std::chrono::minutes>(*of.end - of.now).count();
    if (left < 10)
      out.note(fmt::format("the job ends in {} minutes (its time limit); start nothing longer",
                           std::max<long>(left, 0)));
  }
}

std::string ranks_text(const std::vector<int>& ranks) {
  std::vector<unsigned> numbers(ranks.begin(), ranks.end());
  return cohort::cluster::compress_cpu_list(numbers);
}

void check_ranks(const facts& of, findings& out) {
  std::set<std::string> mpis;
  std::map<std::string, std::vector<const rank_facts*>> hosts;
  for (const auto& each : of.ranks) {
    mpis.insert(each.mpi);
    hosts[each.host].push_back(&each);
  }
  if (mpis.size() > 1) {
    out.problem(
        fmt::format("ranks run on different MPI libraries ({}; messages between them may be misread); install the "
                    "same on all hosts",
                    fmt::join(mpis, ", ")));
  }
  for (const auto& [name, there] : hosts) {
    std::map<std::vector<unsigned>, std::vector<int>> places;
    bool spins = false;
    unsigned usable = 0;
    std::set<unsigned> together;
    for (const auto* each : there) {
      places[each->cpus].push_back(each->rank);
      together.insert(each->cpus.begin(), each->cpus.end());
      usable = std::max(usable, each->usable);
      spins = spins || !each->yields;
    }
    const auto online = there.front()->online;
    std::vector<int> tied;
    for (const auto& [cpus, ranks] : places) {
      if (cpus.size() == 1 && ranks.size() > 1 && online > 1) {
        out.problem(
            fmt::format("ranks {} on {} are tied to one core, {} (they take turns there, while others may be "
                        "free); use cohort-run, or mpirun --bind-to none",
                        ranks_text(ranks), name, cpus.front()));
      }
      if (cpus.size() == 1 && ranks.size() == 1 && online > 1) tied.push_back(ranks.front());
    }
    if (!tied.empty()) {
      std::sort(tied.begin(), tied.end());
      out.problem(
          fmt::format("each of the ranks {} on {} is tied to one core (helper threads of cohort's farms and "
                      "executors share it, and take turns with their rank); use cohort-run, or mpirun --bind-to "
                      "none",
                      ranks_text(tied), name));
    }
    const auto cores = std::max<std::size_t>(together.size() == online ? usable : together.size(), 1);
    if (there.size() > cores) {
      if (spins) {
        out.problem(
            fmt::format("{} has {} ranks on {} cores, and those that wait do not give way (mpirun was told of "
                        "more slots than cores, so it does not know); set OMPI_MCA_mpi_yield_when_idle=1, or use "
                        "cohort-run",
                        name, there.size(), cores));
      } else {
        out.note(
            fmt::format("{} has {} ranks on {} cores (they take turns); for speed start no more ranks than cores",
                        name, there.size(), cores));
      }
    }
  }
}

void check_host(const host_facts& of, const std::string& mpi, findings& out) {
  const auto& h = of.host;
  if (of.known == false) {
    if (of.full_known == true) {
      out.problem(
          fmt::format("{} is known, but {}, as mpirun shortens it, is not (it leaves out domains); set "
                      "OMPI_MCA_orte_keep_fqdn_hostnames=1, or add the short name to /etc/hosts",
                      h.full_name, h.name));
    } else {
      out.problem(
          fmt::format("{} is not known (its name has no address: {}); correct it in line {}, or add it to "
                      "/etc/hosts",
                      h.full_name, of.complaint, h.line));
    }
    return;
  }
  if (of.reached == false) {
    out.problem(
        fmt::format("{} is not reached by ssh without a password ({}); try `ssh {}{}{} true`, and give it your "
                    "key by ssh-copy-id",
                    h.name, of.complaint, h.port ? fmt::format("-p {} ", *h.port) : "",
                    h.user.empty() ? "" : h.user + "@", h.name));
    return;
  }
  if (of.cores > 0 && h.slots && static_cast<unsigned>(*h.slots) > of.cores) {
    out.problem(
        fmt::format("{} has slots={} in line {}, and {} cores (more ranks than cores take turns, and spin while "
                    "they wait, since mpirun believes the file); write slots={}, or set "
                    "OMPI_MCA_mpi_yield_when_idle=1",
                    h.name, *h.slots, h.line, of.cores, of.cores));
  }
  if (of.reached == true && !of.here) {
    if (!of.orted) {
      out.problem(
          fmt::format("{} has no Open MPI in the PATH that a command by ssh has (mpirun starts orted there); "
                      "install it, or set PATH in ~/.bashrc above the line that leaves if the shell is not "
                      "interactive",
                      h.name));
    } else if (!of.mpi.empty() && of.mpi != mpi) {
      out.problem(
          fmt::format("{} has {}, this host {} (daemons of different versions do not understand each other); "
                      "install the same",
                      h.name, of.mpi, mpi));
    }
  }
}

void check_file(const facts& of, findings& out) {
  if (!of.hostfile) return;
  const auto& file = *of.hostfile;
  if (!file.unreadable.empty()) {
    out.problem(file.unreadable);
    return;
  }
  for (const auto& each : file.reading.findings) {
    const auto text = fmt::format("{}:{}: {}", file.name, each.line, each.text);
    if (each.error) {
      out.problem(text);
    } else {
      out.note(text);
    }
  }
  if (file.reading.hosts.hosts.empty() && file.reading.hosts.relative.empty()) {
    out.problem(
        fmt::format("{} names no host (mpirun would run everything on this one); write a line for each: NAME "
                    "slots=NUMBER",
                    file.name));
  }
  if (!file.reading.hosts.relative.empty() && !of.given.slurm) {
    out.problem(
        fmt::format("{} names {}, a host of an allocation (there is none here); use it in a Slurm job, or name the "
                    "host",
                    file.name, file.reading.hosts.relative.front()));
  }
  for (const auto& each : file.hosts) check_host(each, of.versions.mpi_loaded, out);
}

}  // namespace

std::vector<host_summary> by_host(const std::vector<rank_facts>& ranks) {
  std::vector<host_summary> all;
  for (const auto& each : ranks) {
    auto at = std::find_if(all.begin(), all.end(), [&](const host_summary& h) { return h.host == each.host; });
    if (at == all.end()) at = all.insert(all.end(), {each.host, {}, {}, each.online, 0, true, 0, false});
    at->ranks.push_back(each.rank);
    at->cpus.insert(at->cpus.end(), each.cpus.begin(), each.cpus.end());
    at->usable = std::max(at->usable, each.usable);
    at->bound = at->bound && each.cpus.size() < each.online;
  }
  for (auto& host : all) {
    std::sort(host.cpus.begin(), host.cpus.end());
    host.cpus.erase(std::unique(host.cpus.begin(), host.cpus.end()), host.cpus.end());
    // A quota is for the whole machine, not for each set of CPUs.
    host.cores = std::max<std::size_t>(host.cpus.size() == host.online ? host.usable : host.cpus.size(), 1);
    host.oversubscribed = host.ranks.size() > host.cores;
  }
  return all;
}

std::vector<finding> diagnose(const facts& of) {
  findings out;
  check_mpi(of, out);
  check_machine(of, out);
  check_slurm(of, out);
  check_ranks(of, out);
  check_file(of, out);
  return out.sorted();
}

}  // namespace cohort_info
