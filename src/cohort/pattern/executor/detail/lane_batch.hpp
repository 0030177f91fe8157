#pragma once

#include <cohort/pattern/executor/detail/task_entry.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Tasks of the lane that a thread has taken out to run one after another without the executor's lock, since the
/// lock costs as much as they do. Others may, under the lock, take those that have not begun, and see how those
/// ended that have: so a task that turns out to be long holds up none of its neighbours.
class lane_batch {
 public:
  struct item {
    task_entry task;
    std::vector<std::byte> out;  ///< its result, or why it failed
    bool success = false;
    std::chrono::nanoseconds took{0};
  };

  /// Under the lock. @{
  [[nodiscard]] bool full() const noexcept { return size_ == items_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  void add(task_entry&& what) {
    items_[size_].task = std::move(what);
    items_[size_].out.clear();
    stages_[size_].store(stage::waits, std::memory_order_relaxed);
    ++size_;
  }
  /// Calls use(item) for each that has not begun; none will begin then.
  template <class Use>
  void take_waiting(Use&& use) {
    for (std::size_t i = 0; i != size_; ++i) {
      if (begin(i)) gone(i, use);
    }
  }
  /// Calls use(item) for each that is over, once.
  template <class Use>
  void take_ended(Use&& use) {
    for (std::size_t i = 0; i != size_; ++i) {
      if (stages_[i].load(std::memory_order_acquire) == stage::over) gone(i, use);
    }
  }
  /// The task of this core; null: it is not here, or not any more. `begun`: it runs, or is over.
  [[nodiscard]] task_entry* find(const future_core& core, bool& begun) noexcept {
    for (std::size_t i = 0; i != size_; ++i) {
      if (items_[i].task.core.get() != &core) continue;
      begun = !begin(i);
      if (!begun) stages_[i].store(stage::gone, std::memory_order_relaxed);
      return &items_[i].task;
    }
    return nullptr;
  }
  /// Calls use(core) for those of which nobody has been told that they have ended.
  template <class Use>
  void each_unfinished(Use&& use) const {
    for (std::size_t i = 0; i != size_; ++i) {
      const auto& core = items_[i].task.core;
      if (core && !core->ended()) use(std::as_const(*core));
    }
  }
  [[nodiscard]] std::size_t unfinished() const noexcept {
    std::size_t count = 0;
    each_unfinished([&](const future_core&) { ++count; });
    return count;
  }
  void clear() noexcept {
    for (std::size_t i = 0; i != size_; ++i) items_[i].task = {};
    size_ = 0;
  }
  /// @}

  /// Without the lock, by the thread that runs them. @{
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] item& operator[](std::size_t i) noexcept { return items_[i]; }
  /// False: another has taken it.
  [[nodiscard]] bool begin(std::size_t i) noexcept {
    auto expected = stage::waits;
    return stages_[i].compare_exchange_strong(expected, stage::begun, std::memory_order_acq_rel);
  }
  /// Its result is in its item.
  void ended(std::size_t i) noexcept { stages_[i].store(stage::over, std::memory_order_release); }
  /// @}

 private:
  enum class stage : std::uint8_t { waits, begun, over, gone };
  static constexpr std::size_t most = 16;

  template <class Use>
  void gone(std::size_t i, Use& use) {
    stages_[i].store(stage::gone, std::memory_order_relaxed);
    use(items_[i]);
    items_[i].task = {};
  }

  std::array<item, most> items_;
  std::array<std::atomic<stage>, most> stages_{};
  std::size_t size_ = 0;
};

}  // namespace cohort::detail
