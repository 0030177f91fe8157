#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace cohort {

/// Something that wakes tasks of an event_loop, and that the loop does not know: it is attached, and polled in each
/// round. All calls come from the loop's thread.
class event_source {
 public:
  using clock = std::chrono::steady_clock;

  event_source() = default;
  event_source(const event_source&) = delete;
  event_source& operator=(const event_source&) = delete;
  virtual ~event_source() = default;

  /// Looks for news and wakes whom they concern (waiter::wake). Must not block.
  virtual void poll() = 0;
  /// Whether it may yet wake a task by itself. While no source may, and all tasks wait, the loop throws
  /// deadlock_error.
  [[nodiscard]] virtual bool awaited() const noexcept = 0;
  /// Asked when there is nothing to do: blocks until ready() (called again and again, in this thread) or the
  /// deadline has come, looking for news in a way that is better than being polled. False: there is none; the loop
  /// pauses.
  virtual bool wait([[maybe_unused]] const std::function<bool()>& ready,
                    [[maybe_unused]] std::optional<clock::time_point> deadline) {
    return false;
  }
  /// The loop has nothing to run from now on (true), or has something again (false); in pairs. Must not throw.
  virtual void idle([[maybe_unused]] bool begins) {}
};

}  // namespace cohort
