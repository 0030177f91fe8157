#pragma once

#include <cohort/dispatch/drain.hpp>
#include <cohort/pattern/crew/client.hpp>

#include "farm/walltime.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace cohort_farm {

/// When a run winds up because its time is nearly over, or because it was told to: what the library's brain for
/// that hears of this program's tasks, and what it says. The time is an argument.
class drain {
 public:
  using time_point = cohort::dispatch::time_point;
  using duration = cohort::dispatch::duration;
  using phase = cohort::dispatch::drain::phase;

  /// `timeout`: of the tasks; zero: none. `slots`: how many run at a time.
  drain(const std::optional<run_limit>& limit, duration timeout, std::size_t slots);

  /// There is a limit: learn when tasks start, too.
  [[nodiscard]] bool limited() const noexcept { return brain_.limited(); }

  /// Events. @{
  /// A task of an earlier run ended after so many seconds.
  void learn(double seconds);
  /// What a runner said.
  void heard(const cohort::crew::client::heard_report& what, time_point now);
  void returned(cohort::dispatch::task_id task) { brain_.withdrawn(task); }
  /// @}

  /// `told`: by a signal.
  phase look(time_point now, bool told) { return brain_.look(now, told ? 1 : 0); }
  [[nodiscard]] phase current() const noexcept { return brain_.current(); }
  [[nodiscard]] bool begun() const noexcept { return brain_.begun(); }

  /// From SIGTERM to SIGKILL: half of what is reserved, at least half a second.
  [[nodiscard]] duration grace() const;
  /// No task could ever have been started: give the run more time.
  [[nodiscard]] bool hopeless() const noexcept { return brain_.hopeless(); }
  /// Why nothing more is started, for a message.
  [[nodiscard]] std::string reason(time_point now) const;

 private:
  cohort::dispatch::drain brain_;
  duration timeout_;
};

}  // namespace cohort_farm
