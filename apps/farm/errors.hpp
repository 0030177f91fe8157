#pragma once

#include <cohort/core/error.hpp>

namespace cohort_farm {

/// Exit status of a run that could not be made or finished, as GNU parallel's ("other error").
inline constexpr int error_status = 255;

/// Of a run whose time was over, or that SIGUSR1 told to drain, before all tasks were done: run it again to go on.
/// EX_TEMPFAIL of sysexits.h.
inline constexpr int resume_status = 75;

/// Of a job that has lost the farm which it had joined: when that goes on, the job may be run again. As
/// cohort-run's for a fault-tolerant job whose rank 0 was lost.
inline constexpr int lost_status = 111;

/// The run cannot go on: print the message, leave with error_status.
class farm_error : public cohort::error {
 public:
  using error::error;
};

/// Bytes from another rank, or from a file of ours, that are not what they should be.
class format_error : public farm_error {
 public:
  using farm_error::farm_error;
};

}  // namespace cohort_farm
