#pragma once

#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/crew/clock.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

namespace cohort::crew {

/// How long to sleep when there is nothing to do: not at all at first (a message that comes now should find us
/// awake), then ever longer, up to a millisecond, which costs an idle rank well under 2 % of a core.
class backoff {
 public:
  /// Something happened: be awake again.
  void reset() noexcept {
    idle_ = 0;
    expecting_since_.reset();
  }

  /// The next pause. `busy`: this rank has work of its own going on, to which every look that finds nothing costs
  /// time, so it is not kept awake. `expecting`: an answer is on its way; it may take the other end a millisecond
  /// to wake up for the question, and if this end fell asleep meanwhile both would always wait for each other. So
  /// it stays awake longer than any pause, but lets others have the core.
  [[nodiscard]] dispatch::duration next(bool busy, bool expecting = false) {
    constexpr int awake = 200;
    constexpr int enough = awake + 7;  // from there on the pause is the longest
    idle_ = std::min(idle_ + 1, enough);
    if (!busy && idle_ <= awake) return dispatch::duration{0};
    if (!busy && expecting) {
      const auto moment = now();
      if (!expecting_since_) expecting_since_ = moment;
      if (moment - *expecting_since_ < std::chrono::milliseconds{2}) {
        idle_ = awake;
        std::this_thread::yield();
        return dispatch::duration{0};
      }
    }
    const int doublings = std::min(busy ? idle_ - 1 : idle_ - awake - 1, 6);
    return dispatch::duration{std::chrono::microseconds{20}} * (1 << std::max(doublings, 0));
  }

 private:
  int idle_ = 0;
  std::optional<dispatch::time_point> expecting_since_;
};

}  // namespace cohort::crew
