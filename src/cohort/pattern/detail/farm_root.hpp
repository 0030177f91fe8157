#pragma once

#include <cohort/pattern/detail/farm_base.hpp>
#include <cohort/pattern/detail/farm_work.hpp>
#include <cohort/pattern/detail/window.hpp>
#include <cohort/pattern/task_error.hpp>
#include <cohort/pattern/task_sink.hpp>
#include <cohort/serial/pack.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

/// The root's half of farm::run: the typed side. Takes tasks from the input, turns them into bytes, and results
/// back.
template <class Function, class Task, class Tasks, class OnResult, class OnFailure>
class farm_root final : public farm_base {
 public:
  using work = farm_work<Function, Task>;
  using result_type = typename work::result_type;

  farm_root(const crew::levels& ranks, farm_rank&& mine, const farm_options& options, Tasks& tasks,
            OnResult& on_result, OnFailure& on_failure)
      : farm_base{ranks, std::move(mine), options}, tasks_{tasks}, on_result_{on_result}, on_failure_{on_failure} {}

 private:
  struct entry {
    explicit entry(Task&& what) : task{std::move(what)}, bytes{serial::packed_size(task)} {}
    Task task;
    std::size_t bytes;  ///< of the task, and of a result that waits for its turn
    std::optional<result_type> result{};
    std::vector<Task> created{};
    std::optional<task_failure> failure{};
    std::uint32_t retries = 0;
  };

  bool refill(const intake& most) override {
    if (!next_) {  // here, where an exception of the input's is caught
      next_.emplace(std::ranges::begin(tasks_));
      end_.emplace(std::ranges::end(tasks_));
    }
    while (*next_ != *end_ && entries_.size() < most.tasks &&
           (bytes_ < most.bytes || entries_.size() < most.anyway)) {
      submit(Task(**next_));
      ++*next_;
    }
    return *next_ != *end_;
  }

  void submit(Task&& task) {
    bytes_ += entries_[entries_.emplace_back(std::move(task))].bytes;
    add_task();
  }
  void forget(dispatch::task_id id) {
    bytes_ -= entries_[id].bytes;
    entries_.erase(id);
  }
  void submit_all(std::vector<Task>&& tasks) {
    for (auto& task : tasks) submit(std::move(task));
  }

  std::size_t task_size(dispatch::task_id id) override { return entries_[id].bytes; }
  void write_task(dispatch::task_id id, std::byte* to) override { serial::pack_to(to, entries_[id].task); }

  void keep_result(dispatch::task_id id, std::span<const std::byte> payload) override {
    auto& kept = entries_[id];
    kept.bytes += payload.size();
    bytes_ += payload.size();
    serial::input in{payload};
    in >> kept.result.emplace();
    if constexpr (work::creates) {
      serial::input rest{in.left()};  // packed on its own
      rest >> kept.created;
    }
  }
  void keep_error(dispatch::task_id id, std::span<const std::byte> payload) override {
    serial::input in{payload};
    in >> entries_[id].failure.emplace();
  }

  void deliver(const dispatch::deliver& what) override {
    forget_start(what.task, false);
    auto done = std::move(entries_[what.task]);
    forget(what.task);
    if (silenced()) return;
    submit_all(std::move(done.created));
    task_sink<Task> sink;
    if constexpr (std::is_invocable_v<OnResult&, result_type&, task_sink<Task>&>) {
      on_result_(*done.result, sink);
    } else {
      static_assert(std::is_invocable_v<OnResult&, result_type&>,
                    "cohort: on_result must take a result, or a result and a task_sink&");
      on_result_(*done.result);
    }
    submit_all(sink.take());
  }

  void retry(const dispatch::retry& what) override {
    retrying(what);
    ++entries_[what.task].retries;
  }

  void give_up(const dispatch::give_up& what) override {
    auto& ended = entries_[what.task];
    auto failure = complete(std::move(ended.failure), what, ended.retries);
    forget_start(what.task, what.reason == dispatch::end_reason::timed_out);
    auto task = std::move(ended.task);
    forget(what.task);
    if (silenced()) return;
    if (what.reason == dispatch::end_reason::drained) {
      left_.emplace_back(what.task, std::move(task));
      return left_over(std::move(failure));
    }
    if constexpr (std::is_null_pointer_v<std::remove_cvref_t<OnFailure>>) {
      unhandled(std::move(failure));
    } else {
      task_sink<Task> sink;
      if constexpr (std::is_invocable_v<OnFailure&, const task_failure&, task_sink<Task>&>) {
        on_failure_(failure, sink);
      } else {
        on_failure_(failure);
      }
      submit_all(sink.take());
    }
  }

  [[noreturn]] void throw_drained(const drained_run& why) override {
    std::sort(left_.begin(), left_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Task> tasks;
    std::vector<std::uint64_t> numbers;
    for (auto& [number, task] : left_) {
      numbers.push_back(number);
      tasks.push_back(std::move(task));
    }
    throw drained_farm<Task>{why, std::move(tasks), std::move(numbers)};
  }

  Tasks& tasks_;
  std::optional<std::ranges::iterator_t<Tasks>> next_;
  std::optional<std::ranges::sentinel_t<Tasks>> end_;
  OnResult& on_result_;
  OnFailure& on_failure_;
  window<entry> entries_;
  std::size_t bytes_ = 0;                             ///< of all entries
  std::vector<std::pair<std::uint64_t, Task>> left_;  ///< not run to their end
};

}  // namespace cohort::detail
