#pragma once

#include <cohort/core/detail/deadline.hpp>
#include <cohort/pattern/executor/future.hpp>

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <ranges>

namespace cohort::detail {

/// Numbers of tasks in the order in which they ended; written by callbacks, in any thread.
class ended_numbers {
 public:
  void push(std::uint64_t number) {
    const std::lock_guard lock{mutex_};
    numbers_.push_back(number);
  }
  [[nodiscard]] bool empty() {
    const std::lock_guard lock{mutex_};
    return numbers_.empty();
  }
  [[nodiscard]] std::uint64_t pop() {
    const std::lock_guard lock{mutex_};
    const auto number = numbers_.front();
    numbers_.pop_front();
    return number;
  }

 private:
  std::mutex mutex_;
  std::deque<std::uint64_t> numbers_;
};

[[nodiscard]] inline std::optional<task_home::clock::time_point> deadline_of(std::optional<time_limit> patience) {
  if (!patience) return std::nullopt;
  return deadline_after(*patience);
}

/// The home of the first future that has not ended; there must be one.
template <class Futures>
[[nodiscard]] task_home* home_of(Futures& futures) {
  for (const auto& each : futures) {
    if (!each.ready()) return &future_access::core(each)->home();
  }
  return nullptr;
}

}  // namespace cohort::detail
