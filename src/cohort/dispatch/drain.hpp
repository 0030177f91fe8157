#pragma once

#include <cohort/dispatch/learned_duration.hpp>
#include <cohort/dispatch/time_limit.hpp>
#include <cohort/dispatch/types.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>

namespace cohort::dispatch {

/// Decides when a run winds up before its tasks have all ended: because its time is nearly over, or because it was
/// told to. Learns how long its tasks take. What then becomes of tasks is scheduler::wind_up's affair.
class drain {
 public:
  /// What the run is to do; it never goes back.
  enum class phase : std::uint8_t {
    none,
    closing,   ///< start nothing more, wait for what runs
    stopping,  ///< end what runs
    leaving    ///< wait for it no longer
  };

  struct terms {
    std::optional<time_limit> limit{};
    /// The end as it is now, for limits that change; nothing if that is not known. May take seconds. May be null.
    std::function<std::optional<time_point>()> ask{};
    duration timeout{0};                 ///< of the tasks; zero: none
    std::optional<duration> patience{};  ///< with what runs, from when the run was told; nothing: no end
    std::size_t slots = 1;               ///< how many tasks run at a time
  };
  explicit drain(terms how);

  /// There is a limit: learn when tasks start, too.
  [[nodiscard]] bool limited() const noexcept { return terms_.limit.has_value(); }
  [[nodiscard]] const std::optional<time_limit>& limit() const noexcept { return terms_.limit; }

  /// Events; without effect if there is no limit. @{
  /// A task of an earlier run ended after so long.
  void learn(duration took);
  /// A task runs since then. It counts once: where it was before, it is lost.
  void began(task_id task, time_point since);
  /// It has ended by itself, or at its timeout. Nothing is learned if nobody has said that it began.
  void ended(task_id task, duration took);
  /// It was stopped, or has not begun after all.
  void withdrawn(task_id task);
  /// @}

  /// `told`: how often, by signals; the second time what runs is stopped at once.
  phase look(time_point now, unsigned told);
  [[nodiscard]] phase current() const noexcept { return phase_; }
  [[nodiscard]] bool begun() const noexcept { return phase_ != phase::none; }
  /// It was told, before its time was over.
  [[nodiscard]] bool was_told() const noexcept { return told_at_.has_value(); }

  /// How long a task may take, as learned by the last look.
  [[nodiscard]] duration need() const noexcept { return need_; }
  /// No task could ever have been started: give the run more time.
  [[nodiscard]] bool hopeless() const noexcept { return begun() && limited() && !terms_.limit->ever_fits(need_); }

 private:
  [[nodiscard]] bool extended();
  [[nodiscard]] bool out_of_patience(time_point now, unsigned told) const;

  terms terms_;
  learned_duration learned_;
  std::unordered_map<task_id, std::uint64_t> running_;  ///< its number for learned_
  phase phase_ = phase::none;
  std::optional<time_point> told_at_;
  duration need_{0};
  time_point next_look_ = time_point::min();
};

}  // namespace cohort::dispatch
