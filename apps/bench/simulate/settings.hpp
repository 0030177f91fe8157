#pragma once

#include <cohort/dispatch/settings.hpp>

#include "bench/simulate/lengths.hpp"

#include <cstdint>

namespace cohort_simulate {

/// What the parts of a real run take. The defaults are those that --measure found on a machine of two cores, but
/// for the latency, which is an Ethernet's.
struct costs {
  nanoseconds message{300};     ///< of a rank's time, to receive a letter or to send one
  nanoseconds task{200};        ///< of a master's time, to assign a task and to take its result
  nanoseconds latency{20'000};  ///< a letter's journey
  nanoseconds nap{80'000};      ///< what a sleep lasts longer than asked for
};

struct settings {
  std::uint32_t workers = 0;  ///< ranks; all work, those with a master on them, too
  std::uint64_t tasks_per_worker = 100;
  distribution kind = distribution::constant;
  nanoseconds task_time{1'000'000};
  std::uint64_t seed = 1;
  std::uint32_t groups = 0;  ///< sub-masters; 0: one level
  costs cost;
  cohort::dispatch::settings schedule;
};

struct result {
  std::uint64_t tasks = 0;
  double work_seconds = 0;  ///< of all tasks
  double simulated_seconds = 0;
  double efficiency = 0;      ///< work / (workers x simulated time)
  double root_busy = 0;       ///< part of the time
  double leaders_busy = 0;    ///< the busiest sub-master's
  std::uint64_t letters = 0;  ///< sent, by anybody
  std::uint64_t events = 0;   ///< of the simulation
};

/// Runs the whole; the same settings give the same result to the last bit. Throws cohort::error if tasks are lost.
[[nodiscard]] result simulate(const settings& what);

}  // namespace cohort_simulate
