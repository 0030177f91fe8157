#pragma once

#include <cohort/pattern/crew/backoff.hpp>

#include <algorithm>
#include <chrono>
#include <thread>

namespace cohort::detail {

/// Waits for something that another process does: at first without pause, but letting others have the core, then
/// asleep for ever longer. What is waited for is noticed later by a part of the time it took, and by 1.3 ms at
/// most.
class waiting {
 public:
  void reset() noexcept { pause_.reset(); }
  /// Sleeps no longer than `most`.
  void once(dispatch::duration most = std::chrono::seconds{1}) {
    if (const auto length = std::min(pause_.next(false), most); length == dispatch::duration{0}) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(length);
    }
  }

 private:
  crew::backoff pause_;
};

}  // namespace cohort::detail
