#pragma once

#include <cohort/cluster/verdict.hpp>

#include <optional>
#include <string>

namespace cohort_run {

/// How a job ended, as it is seen from outside.
struct ending {
  bool fault_tolerant = false;
  std::optional<int> mpirun = {};  ///< its exit status, 128 and a signal's number; nothing: it had to be ended
  std::optional<cohort::cluster::verdict> verdict = {};
  bool hung = false;           ///< mpirun; its status is then what its ranks here have ended with
  bool mpirun_killed = false;  ///< by a signal
  int interrupted_by = 0;     ///< SIGINT, SIGTERM or SIGHUP, if one was passed on; SIGPIPE: nobody reads its output
  int output_error = 0;       ///< the errno by which some of its output was lost
  bool start_failed = false;  ///< a host was lost before rank 0 had begun
  bool not_started = false;   ///< mpirun says so
  bool rank_lost = false;     ///< before all ranks had begun
  bool root_lost = false;     ///< rank 0 was seen to be gone, or has been silent for long
};

/// What cohort-run makes of it.
struct outcome {
  int status = 0;
  std::string message;  ///< to be said; empty: nothing
};
[[nodiscard]] outcome judge(const ending& how);

}  // namespace cohort_run
