#pragma once

#include <cohort/core/error.hpp>

namespace cohort_run {

/// Exit status where cohort-run itself could not do its work, as with timeout(1) and env(1): no job uses it for
/// anything else.
inline constexpr int error_status = 125;

/// Of a fault-tolerant job that has lost what it cannot do without, and can be run again, as the programs of qmail
/// and daemontools say it. cohort-farm counts failed tasks by 1 to 101, and returns it for nothing else.
inline constexpr int lost_status = 111;

/// Nothing can be started: print the message, leave with error_status.
class run_error : public cohort::error {
 public:
  using error::error;
};

}  // namespace cohort_run
