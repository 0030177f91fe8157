#pragma once

#include <cohort/dispatch/types.hpp>

#include <algorithm>
#include <chrono>

namespace cohort::crew {

/// How long to sleep when there is nothing to do: not at all at first (a message that comes now should find us
/// awake), then ever longer, up to a millisecond, which costs an idle rank well under 2 % of a core.
class backoff {
 public:
  /// Something happened: be awake again.
  void reset() noexcept { idle_ = 0; }

  /// The next pause. `busy`: this rank has work of its own going on, to which every look that finds nothing costs
  /// time, so it is not kept awake.
  [[nodiscard]] dispatch::duration next(bool busy) noexcept {
    constexpr int awake = 200;
    constexpr int enough = awake + 7;  // from there on the pause is the longest
    idle_ = std::min(idle_ + 1, enough);
    if (!busy && idle_ <= awake) return dispatch::duration{0};
    const int doublings = std::min(busy ? idle_ - 1 : idle_ - awake - 1, 6);
    return dispatch::duration{std::chrono::microseconds{20}} * (1 << std::max(doublings, 0));
  }

 private:
  int idle_ = 0;
};

}  // namespace cohort::crew
