#pragma once

#include "run/launch.hpp"

#include <string>

namespace cohort_run {

/// Starts a launch and waits for its end; returns cohort-run's exit status. `verdict`: the file for the job's
/// verdict, which is gone afterwards.
[[nodiscard]] int run_launch(const launch& what, bool fault_tolerant, const std::string& verdict);

}  // namespace cohort_run
