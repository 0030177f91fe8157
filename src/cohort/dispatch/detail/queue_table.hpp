#pragma once

#include <cohort/dispatch/detail/deadlines.hpp>
#include <cohort/dispatch/detail/queue_set.hpp>
#include <cohort/dispatch/detail/task_queue.hpp>
#include <cohort/dispatch/detail/task_table.hpp>
#include <cohort/dispatch/detail/token_bucket.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace cohort::dispatch::detail {

/// The queues by number, and which of them have something to give now. A queue whose bucket is empty does not. All
/// O(1), but for O(log of the number of queues that wait for a token) where rates are limited.
class queue_table {
 public:
  static constexpr std::uint32_t none = 0xffffffffU;

  /// Queues whose next task may begin now.
  [[nodiscard]] const queue_set& ready() const { return ready_; }
  /// Of these, the ones of which a worker may hold tasks before it can begin them: those without a limit.
  [[nodiscard]] const queue_set& stock() const { return stock_; }
  /// Queues with tasks that wait, be it for a worker, a token or a moment.
  [[nodiscard]] const queue_set& holding() const { return holding_; }
  [[nodiscard]] const queue_set& limited() const { return limited_; }
  [[nodiscard]] std::uint64_t size(queue_id q) const { return entries_[q].tasks.size(); }
  [[nodiscard]] const task_queue& operator[](queue_id q) const { return entries_[q].tasks; }

  /// There is such a queue from now on.
  void reach(queue_id q) {
    if (q >= entries_.size()) entries_.resize(q + std::size_t{1});
  }

  void push_back(task_record& t) {
    entry& e = entries_[t.queue];
    e.tasks.push_back(t);
    if (e.tasks.size() == 1) update(t.queue);
  }
  void push_front(task_record& t) {
    entry& e = entries_[t.queue];
    e.tasks.push_front(t);
    if (e.tasks.size() == 1) update(t.queue);
  }
  void erase(task_record& t) {
    entry& e = entries_[t.queue];
    e.tasks.erase(t);
    if (e.tasks.empty()) update(t.queue);
  }
  /// It begins: costs a token.
  void take(task_record& t) {
    entry& e = entries_[t.queue];
    e.tasks.erase(t);
    if (e.bucket) e.bucket->take(clock_);
    if (e.bucket || e.tasks.empty()) update(t.queue);
  }

  /// A task of this queue waits for its moment, or not any more. @{
  void delay(queue_id q) {
    if (++entries_[q].delayed == 1) update(q);
  }
  void undelay(queue_id q) {
    if (--entries_[q].delayed == 0) update(q);
  }
  /// @}

  /// Of these queues, the one whose first task comes first: greater priority, then what came back, then order of
  /// addition. At least one must be served.
  [[nodiscard]] queue_id best(const queue_set& of, const served_queues& by) const {
    if (entries_.size() == 1) return 0;
    std::uint32_t found = none;
    for_each_served(of, by, [&](queue_id q) {
      if (found == none || before(entries_[q].tasks.top(), entries_[found].tasks.top())) found = q;
    });
    return static_cast<queue_id>(found);
  }

  /// Tasks in those of these queues that are served.
  [[nodiscard]] std::uint64_t size(const queue_set& of, const served_queues& by) const {
    std::uint64_t sum = 0;
    for_each_served(of, by, [&](queue_id q) { sum += entries_[q].tasks.size(); });
    return sum;
  }

  void limit(queue_id q, double per_second, std::uint32_t burst) {
    entry& e = entries_[q];
    if (e.bucket) {
      e.bucket->change(per_second, burst, clock_);
    } else {
      e.bucket.emplace(per_second, burst);
    }
    dry_.erase(q);
    limited_.set(q, true);
    update(q);
  }
  void unlimit(queue_id q) {
    entries_[q].bucket.reset();
    limited_.set(q, false);
    update(q);
  }

  /// The latest time that is known; tokens come by it.
  void advance(time_point now) {
    clock_ = std::max(clock_, now);
    while (!dry_.empty() && dry_.earliest() <= clock_) update(static_cast<queue_id>(dry_.first()));
  }
  [[nodiscard]] time_point clock() const { return clock_; }
  /// When the next token comes that a task waits for.
  [[nodiscard]] std::optional<time_point> next_token() const {
    if (dry_.empty()) return std::nullopt;
    return dry_.earliest();
  }

  template <class Function>
  void for_each(Function&& function) const {
    for (const entry& e : entries_) e.tasks.for_each(function);
  }
  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(entries_.size()); }

  /// Do the sets say what the queues hold?
  [[nodiscard]] bool valid() const {
    for (std::uint32_t i = 0; i < count(); ++i) {
      const auto q = static_cast<queue_id>(i);
      const entry& e = entries_[q];
      const bool waits = !e.tasks.empty();
      const bool goes = !e.bucket || wake(e) <= clock_;
      if (ready_.contains(q) != (waits && goes) || stock_.contains(q) != (waits && !e.bucket) ||
          holding_.contains(q) != (waits || e.delayed > 0) || limited_.contains(q) != e.bucket.has_value() ||
          dry_.contains(q) != (waits && !goes)) {
        return false;
      }
    }
    return dry_.valid();
  }

 private:
  struct entry {
    task_queue tasks;
    std::uint64_t delayed = 0;
    std::optional<token_bucket> bucket;
  };

  static bool before(const task_record& a, const task_record& b) {
    if (a.priority != b.priority) return a.priority > b.priority;
    if ((a.attempts > 0) != (b.attempts > 0)) return a.attempts > 0;
    return a.id < b.id;
  }

  /// Before any time is known there is no token: they would be given twice.
  static time_point wake(const entry& e) { return std::max(e.bucket->ready_at(), time_point::min() + duration{1}); }

  void update(queue_id q) {
    const entry& e = entries_[q];
    const bool waits = !e.tasks.empty();
    const bool goes = !e.bucket || wake(e) <= clock_;
    ready_.set(q, waits && goes);
    stock_.set(q, waits && !e.bucket);
    holding_.set(q, waits || e.delayed > 0);
    const bool dry = waits && !goes;
    if (dry_.contains(q) == dry) return;  // a bucket's moment changes only when it gives a token
    if (dry) {
      dry_.insert(q, wake(e));
    } else {
      dry_.erase(q);
    }
  }

  std::vector<entry> entries_;
  queue_set ready_, stock_, holding_, limited_;
  deadlines dry_;  ///< queues with tasks and without a token
  time_point clock_ = time_point::min();
};

}  // namespace cohort::dispatch::detail
