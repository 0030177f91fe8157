#pragma once

#include <cohort/dispatch/learned_duration.hpp>
#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/crew/client.hpp>

#include "farm/walltime.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace cohort_farm {

/// Decides when a run winds up because its time is nearly over, or because it was told to: learns how long its
/// tasks take, and says what is to be done. The time is an argument.
class drain {
 public:
  using time_point = cohort::dispatch::time_point;
  using duration = cohort::dispatch::duration;

  /// What the run is to do; it never goes back.
  enum class phase : std::uint8_t {
    none,
    closing,   ///< start nothing more, wait for what runs
    stopping,  ///< end what runs
    leaving    ///< wait for it no longer
  };

  /// `timeout`: of the tasks; zero: none. `slots`: how many run at a time.
  drain(std::optional<run_limit> limit, duration timeout, std::size_t slots);

  /// There is a limit: learn when tasks start, too.
  [[nodiscard]] bool limited() const noexcept { return limit_.has_value(); }

  /// Events. @{
  /// A task of an earlier run ended after so many seconds.
  void learn(double seconds);
  /// What a runner said.
  void heard(const cohort::crew::client::heard_report& what, time_point now);
  void returned(cohort::dispatch::task_id task);
  /// @}

  /// `told`: by a signal.
  phase look(time_point now, bool told);
  [[nodiscard]] phase current() const noexcept { return phase_; }
  [[nodiscard]] bool begun() const noexcept { return phase_ != phase::none; }

  /// From SIGTERM to SIGKILL: half of what is reserved, at least half a second.
  [[nodiscard]] duration grace() const;
  /// No task could ever have been started: give the run more time.
  [[nodiscard]] bool hopeless() const noexcept { return begun() && limit_ && !limit_->time.ever_fits(need_); }
  /// Why nothing more is started, for a message.
  [[nodiscard]] std::string reason(time_point now) const;

 private:
  [[nodiscard]] bool extended();

  std::optional<run_limit> limit_;
  duration timeout_;
  cohort::dispatch::learned_duration learned_;
  std::unordered_map<cohort::dispatch::task_id, std::uint64_t> running_;  ///< its number for learned_
  phase phase_ = phase::none;
  bool told_ = false;
  duration need_{0};  ///< how long a task may take
  time_point next_look_ = time_point::min();
};

}  // namespace cohort_farm
