#pragma once

#include "bench/simulate/event_queue.hpp"
#include "bench/simulate/letters.hpp"
#include "bench/simulate/settings.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace cohort_simulate {

/// What all parts of the simulation share.
struct world {
  explicit world(const settings& what)
      : how{what},
        length{what.kind, what.task_time, what.tasks_per_worker * what.workers, what.seed},
        message{what.cost.message.count()},
        task{what.cost.task.count()},
        latency{what.cost.latency.count()},
        nap{what.cost.nap.count()} {}

  settings how;
  lengths length;
  moment message, task, latency, nap;
  event_queue events;
  letters mail;
  letter scratch;

  /// Reports wait at most so long for others, to travel together (see cohort/pattern/crew/serve.cpp).
  static constexpr moment patience = 200'000;

  /// When a rank notices what comes at `then`, if it last noticed anything at `since`: the pauses are those of
  /// cohort/pattern/crew/backoff.hpp. Awake for a while if it has nothing else to do, then sleeping ever longer.
  [[nodiscard]] moment noticed(moment since, moment then, bool busy) const {
    constexpr moment awake = 200'000;  // 200 looks
    moment at = since;
    if (!busy) {
      at += awake;
      if (then <= at) return then;
    }
    for (moment pause = 20'000; at < then; pause = std::min<moment>(2 * pause, 1'280'000)) at += pause + nap;
    return at;
  }
};

}  // namespace cohort_simulate
