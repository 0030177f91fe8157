#pragma once

#include <cohort/core/detail/deadline.hpp>
#include <cohort/pattern/executor/future.hpp>

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace cohort::detail {

/// Numbers of tasks in the order in which they ended; written by callbacks, in any thread.
class ended_numbers {
 public:
  ended_numbers();
  ended_numbers(const ended_numbers&) = delete;
  ended_numbers& operator=(const ended_numbers&) = delete;
  ~ended_numbers();

  void push(std::uint64_t number);
  [[nodiscard]] bool empty();
  [[nodiscard]] std::uint64_t pop();

 private:
  std::mutex mutex_;
  std::deque<std::uint64_t> numbers_;
};

[[nodiscard]] std::optional<task_home::clock::time_point> deadline_of(std::optional<time_limit> patience);

/// The home of the first future that has not ended; there must be one.
template <class Futures>
[[nodiscard]] task_home* home_of(Futures& futures) {
  for (const auto& each : futures) {
    if (!each.ready()) return &future_access::core(each)->home();
  }
  return nullptr;
}

}  // namespace cohort::detail
