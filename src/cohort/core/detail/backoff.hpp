#pragma once

#include <chrono>
#include <optional>

namespace cohort::detail {

/// How long to sleep when there is nothing to do: not at all at first (a message that comes now should find us
/// awake), then ever longer, up to a millisecond, which costs an idle rank well under 2 % of a core.
class backoff {
 public:
  using duration = std::chrono::nanoseconds;

  /// Something happened: be awake again.
  void reset() noexcept {
    idle_ = 0;
    expecting_since_.reset();
  }

  /// The next pause. `busy`: this rank has work of its own going on, to which every look that finds nothing costs
  /// time, so it is not kept awake. `expecting`: an answer is on its way; it may take the other end a millisecond
  /// to wake up for the question, and if this end fell asleep meanwhile both would always wait for each other. So
  /// it stays awake longer than any pause, but lets others have the core.
  [[nodiscard]] duration next(bool busy, bool expecting = false);

  /// Sleeps for the next pause, no longer than `most`, or lets others have the core.
  void once(duration most = std::chrono::seconds{1}, bool expecting = false);

 private:
  int idle_ = 0;
  std::optional<std::chrono::steady_clock::time_point> expecting_since_;
};

}  // namespace cohort::detail
