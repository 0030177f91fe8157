#pragma once

#include <string>

/// How environment begins and ends a watchdog; defined in observe/.
namespace cohort::detail {

class comm_state;

struct watch_settings {
  long milliseconds = 0;  ///< 0: off
  bool abort = false;
};

/// What COHORT_WATCHDOG and COHORT_WATCHDOG_ABORT say, and where they say nothing the options. Throws
/// argument_error.
[[nodiscard]] watch_settings read_watch_settings(double seconds, bool abort);
/// Collective over `world`, all ranks of the job; one MPI_Bcast. Throws error if there is no socket to be had.
void start_watching(const comm_state& world, watch_settings settings, const std::string& host);
/// Without effect if none is on. `others_go_on`: this rank alone leaves.
void stop_watching(bool others_go_on) noexcept;

}  // namespace cohort::detail
