#pragma once

#include <cohort/cluster/allocation.hpp>
#include <cohort/dispatch/time_limit.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace cohort_farm {

/// --walltime.
struct walltime {
  enum class kind : std::uint8_t {
    automatic,  ///< to the end of the Slurm job, if there is one
    none,
    given  ///< so long from the start
  };
  kind how = kind::automatic;
  std::chrono::nanoseconds length{0};

  friend bool operator==(const walltime&, const walltime&) = default;
};

/// Reads `auto`, `none` or a duration. Throws farm_error.
[[nodiscard]] walltime parse_walltime(std::string_view text);

/// When the run must be over, and how that is found out again: jobs may be given more time.
struct run_limit {
  cohort::dispatch::time_limit time;
  /// The end as it is now; nothing if that is not known, null if it does not change. May take seconds.
  std::function<std::optional<cohort::dispatch::time_point>()> ask;
};

/// Asks Slurm, if it is to be asked. `reserve`: --reserve; if it was not given, a twentieth of the time, at most a
/// minute. Times are those of the steady clock. Throws farm_error if the time that was given is all in reserve.
[[nodiscard]] std::optional<run_limit> find_limit(const walltime& wanted,
                                                  std::optional<std::chrono::nanoseconds> reserve,
                                                  const cohort::cluster::allocation& given);

}  // namespace cohort_farm
