#pragma once

#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/crew/survival.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace cohort::crew {

/// For how long others have been silent, and to whom nothing was said. No messages and no clock: the time is told.
///
/// Silence is counted over time in which somebody listened: from one look at all that has come to the next, at most
/// a beat counts. So whoever was away himself finds what has come meanwhile before he judges anybody.
class silence {
 public:
  /// Among `ranks`; nobody has said anything yet. `allowed`: after so much, silence is too long; before the first
  /// word, after `slow_start` more.
  silence(const survival& how, dispatch::duration allowed, dispatch::duration slow_start, std::size_t ranks,
          dispatch::time_point now)
      : beat_{how.beat},
        allowed_{allowed},
        looked_{now},
        heard_(ranks, slow_start),
        told_(ranks, now - how.beat),
        lost_(ranks, false) {}

  /// What had come by now was looked at. Returns for how long nobody had looked.
  dispatch::duration looked(dispatch::time_point now) {
    const auto away = now - looked_;
    longest_absence_ = std::max(longest_absence_, away);
    listened_ += std::min(away, beat_);
    looked_ = now;
    return away;
  }
  void heard(int rank) { heard_[at(rank)] = listened_; }
  /// Something was said to it just now.
  void told(int rank) { told_[at(rank)] = looked_; }
  void give_up(int rank) { lost_[at(rank)] = true; }

  [[nodiscard]] bool lost(int rank) const { return lost_[at(rank)]; }
  /// It is time to say something to it.
  [[nodiscard]] bool beat_due(int rank) const { return looked_ - told_[at(rank)] >= beat_; }
  [[nodiscard]] dispatch::duration of(int rank) const { return listened_ - heard_[at(rank)]; }
  [[nodiscard]] bool too_long(int rank) const { return of(rank) > allowed_; }
  /// The longest time for which nobody looked.
  [[nodiscard]] dispatch::duration longest_absence() const noexcept { return longest_absence_; }

 private:
  static std::size_t at(int rank) noexcept { return static_cast<std::size_t>(rank); }

  dispatch::duration beat_;
  dispatch::duration allowed_;
  dispatch::time_point looked_;
  dispatch::duration listened_{0};
  dispatch::duration longest_absence_{0};
  std::vector<dispatch::duration> heard_;  ///< of listened_
  std::vector<dispatch::time_point> told_;
  std::vector<bool> lost_;
};

}  // namespace cohort::crew
