#pragma once

#include <cohort/cluster/allocation.hpp>
#include <cohort/cluster/cores.hpp>
#include <cohort/cluster/hostfile.hpp>
#include <cohort/core/versions.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cohort_info {

/// What one rank knows of itself; sent to rank 0.
struct rank_facts {
  int rank = 0;
  std::string host;
  std::string mpi;             ///< the version loaded there
  std::vector<unsigned> cpus;  ///< it may run on these
  unsigned online = 0;         ///< of the machine
  unsigned usable = 0;         ///< its cores, a cgroup's quota counted in
  bool yields = false;         ///< gives its core away while it waits
  bool gds_hash = false;       ///< PMIX_MCA_gds is hash
};

/// The mpirun that a user gets.
struct mpirun_facts {
  std::string path;            ///< empty: there is none
  std::string version;         ///< "Open MPI 4.1.4"; empty: it did not say
  std::optional<bool> starts;  ///< whether it starts a program; nothing: not tried
  std::string complaint;       ///< what it says if it does not
};

/// A host of a hostfile, as ssh found it.
struct host_facts {
  cohort::cluster::host host;
  bool here = false;               ///< it is this one
  std::optional<bool> known;       ///< whether its name is an address
  std::optional<bool> full_known;  ///< whether its name with the domain is one
  std::optional<bool> reached;
  std::string complaint;  ///< why not
  unsigned cores = 0;     ///< 0: unknown
  bool orted = false;     ///< Open MPI's daemon is in the PATH of a command by ssh
  std::string mpi;        ///< "Open MPI 4.1.4"
};

struct hostfile_facts {
  std::string name;
  std::string unreadable;  ///< why; empty: it was read
  cohort::cluster::hostfile_reading reading;
  std::vector<host_facts> hosts;
};

struct facts {
  cohort::versions versions;
  std::string host;
  cohort::cluster::allocation given;
  std::string contradiction;  ///< in the environment, about the allocation
  std::optional<std::chrono::system_clock::time_point> end;
  std::chrono::system_clock::time_point now;
  cohort::cluster::cores cores;
  bool root = false;
  bool root_allowed = false;
  bool gds_hash = false;
  bool lonely_step = false;                     ///< several tasks of srun that do not know each other
  std::optional<std::uint64_t> shared_memory;   ///< free bytes in /dev/shm; nothing: it is not there
  std::string temporary;                        ///< where Open MPI keeps its session
  std::optional<std::uint64_t> temporary_free;  ///< nothing: it cannot be written
  mpirun_facts mpirun;
  std::vector<rank_facts> ranks;  ///< of the job that this runs in; empty: alone
  std::optional<hostfile_facts> hostfile;
};

}  // namespace cohort_info
