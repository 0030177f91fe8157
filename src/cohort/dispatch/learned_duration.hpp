#pragma once

#include <cohort/dispatch/types.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cohort::dispatch {

/// How long a task may take, learned from those that were begun before it, ended or not.
///
/// Of n tasks whose lengths come in no particular order, the next one is longer than the k-th shortest with a
/// probability of at most 1 - k / (n + 1), whatever their distribution (S. S. Wilks, 1941, on tolerance limits; as
/// "conformal prediction" in V. Vovk and others, 2005). Those that still run are known to be longer than they have
/// run so far, and count as E. L. Kaplan and P. Meier do, 1958: so long tasks are seen before the first of them has
/// ended, when all that have ended are short.
///
/// The last `window` begun tasks are remembered: so lengths may change in the course of a run. It should be more
/// than run at a time. begun(), ended() and withdrawn() are O(1); bound() is O(window log window); 24 bytes each.
class learned_duration {
 public:
  /// Throws argument_error unless 0 < confidence < 1 and window > 0.
  explicit learned_duration(double confidence = 0.95, std::size_t window = 1024);

  /// A task begins. Returns a number for what becomes of it.
  std::uint64_t begun(time_point now);
  /// It has ended by itself, or at its timeout. Nothing happens if it was forgotten.
  void ended(std::uint64_t number, duration took);
  /// It was stopped, by no fault of its own: how long it would have taken is not known.
  void withdrawn(std::uint64_t number);
  /// A task of an earlier run.
  void learn(duration took) { ended(begun(time_point::min()), took); }

  /// The next task ends within this time, with the confidence that was asked for: the right order statistic of the
  /// tasks remembered. Where there are too few for that (or too many still run), the greatest and an eighth more.
  /// `timeout`, if positive, is an upper bound. Nothing if no task was begun.
  [[nodiscard]] std::optional<duration> bound(time_point now, duration timeout = duration{0}) const;

 private:
  enum class stage : std::uint8_t { running, ended, withdrawn };
  struct record {
    time_point begun{0};
    duration took{0};
    stage state = stage::withdrawn;
  };
  [[nodiscard]] record* find(std::uint64_t number);

  double confidence_;
  std::uint64_t next_ = 0;
  std::vector<record> records_;  ///< a ring
};

}  // namespace cohort::dispatch
