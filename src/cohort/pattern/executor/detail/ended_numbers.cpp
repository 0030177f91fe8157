#include <cohort/pattern/executor/detail/ended_numbers.hpp>

namespace cohort::detail {

ended_numbers::ended_numbers() = default;
ended_numbers::~ended_numbers() = default;

void ended_numbers::push(std::uint64_t number) {
  const std::lock_guard lock{mutex_};
  numbers_.push_back(number);
}

bool ended_numbers::empty() {
  const std::lock_guard lock{mutex_};
  return numbers_.empty();
}

std::uint64_t ended_numbers::pop() {
  const std::lock_guard lock{mutex_};
  const auto number = numbers_.front();
  numbers_.pop_front();
  return number;
}

std::optional<task_home::clock::time_point> deadline_of(std::optional<time_limit> patience) {
  if (!patience) return std::nullopt;
  return deadline_after(*patience);
}

}  // namespace cohort::detail
