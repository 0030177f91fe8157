#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

namespace cohort::detail {

/// How other threads reach an event loop: what they post is called in the loop's thread, in order.
class mailbox {
 public:
  using clock = std::chrono::steady_clock;

  /// Any thread. Wakes the loop if it sleeps. Nothing happens when the loop has gone.
  void post(std::function<void()> what);
  /// The loop's thread. @{
  [[nodiscard]] bool empty() const noexcept { return empty_.load(std::memory_order_acquire); }
  void call_all();
  void sleep_until(clock::time_point end);
  /// Nobody will read it any more.
  void close();
  /// @}

 private:
  std::atomic<bool> empty_{true};
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::function<void()>> posted_;
  bool closed_ = false;
};

}  // namespace cohort::detail
