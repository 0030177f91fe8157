#pragma once

#include <cohort/pattern/executor/detail/task_entry.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace cohort::detail {

/// Tasks that cost less than sending them would: they stay on the root, in the order of submission, for the thread
/// that waits. Guarded by the executor's lock, but for empty().
class own_lane {
 public:
  /// Whether a number is of a task that was here.
  [[nodiscard]] static bool knows(std::uint64_t id) noexcept { return (id & mark) != 0; }

  [[nodiscard]] bool empty() const noexcept { return !filled_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size() - cancelled_; }

  /// Returns its number here.
  std::uint64_t push(task_entry&& what) {
    waiting_.push_back(std::move(what));
    filled_.store(true, std::memory_order_relaxed);
    return mark | (first_ + waiting_.size() - 1);
  }

  /// The first; it has no core if it was cancelled.
  [[nodiscard]] task_entry pop() {
    auto first = std::move(waiting_.front());
    waiting_.pop_front();
    ++first_;
    if (!first.core) --cancelled_;
    if (waiting_.empty()) filled_.store(false, std::memory_order_relaxed);
    return first;
  }

  /// Takes out a task that has not begun. It has no core if it had begun.
  [[nodiscard]] task_entry take(std::uint64_t id) {
    const auto number = id & ~mark;
    if (number < first_) return {};
    auto taken = std::exchange(waiting_[static_cast<std::size_t>(number - first_)], {});
    if (taken.core) ++cancelled_;
    return taken;
  }

 private:
  static constexpr std::uint64_t mark = std::uint64_t{1} << 62U;

  std::deque<task_entry> waiting_;
  std::uint64_t first_ = 0;    ///< number of the first in waiting_
  std::size_t cancelled_ = 0;  ///< of waiting_
  std::atomic<bool> filled_{false};
};

}  // namespace cohort::detail
