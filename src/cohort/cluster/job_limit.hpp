#pragma once

#include <cohort/cluster/allocation.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace cohort::cluster {

/// When the Slurm job ends by its time limit, on the clock that nobody sets.
struct job_limit {
  std::chrono::nanoseconds end{0};  ///< of steady_clock, since its epoch
  /// The end as it is now, since a job may be given more time. Asks Slurm, for three seconds at most; nothing if it
  /// does not answer.
  std::function<std::optional<std::chrono::nanoseconds>()> ask;
};

/// std::nullopt without a job, without a limit, or where Slurm does not answer within 20 seconds. Not collective:
/// ask on one rank.
[[nodiscard]] std::optional<job_limit> find_job_limit(const allocation& of);

}  // namespace cohort::cluster
