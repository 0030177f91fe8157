#pragma once

#include <cohort/dispatch/detail/deadlines.hpp>
#include <cohort/dispatch/detail/saturate.hpp>
#include <cohort/dispatch/detail/task_table.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cohort::dispatch::detail {

/// The times of the tasks that have any: before when they may not begin, when they expire, how long they pause
/// before a retry. Other tasks cost nothing here. O(log n) of the number that wait, or may expire.
class delay_queue {
 public:
  static constexpr std::uint32_t none = task_record::none;

  [[nodiscard]] static bool concerns(const task_options& o) {
    return o.not_before != time_point::min() || o.expires != time_point::max() || o.backoff != duration::zero();
  }

  void add(task_record& t, const task_options& o) {
    if (free_.empty()) {
      t.times = static_cast<std::uint32_t>(times_.size());
      times_.emplace_back();
    } else {
      t.times = free_.back();
      free_.pop_back();
    }
    times_[t.times] = {&t, o.backoff, o.backoff_max};
    if (o.expires != time_point::max()) expiring_.insert(t.times, o.expires);
  }

  /// The task is over.
  void erase(task_record& t) {
    if (t.times == none) return;
    waiting_.erase(t.times);
    expiring_.erase(t.times);
    free_.push_back(t.times);
    t.times = none;
  }

  /// It has begun: it does not expire any more.
  void begun(const task_record& t) {
    if (t.times != none) expiring_.erase(t.times);
  }

  /// The pause before its next retry; twice as long the next time.
  [[nodiscard]] duration pause(const task_record& t) {
    if (t.times == none) return duration::zero();
    times& own = times_[t.times];
    const duration now = std::min(own.pause, own.longest);
    own.pause = twice(now);
    return now;
  }

  void wait(const task_record& t, time_point until) { waiting_.insert(t.times, until); }
  void wake(const task_record& t) { waiting_.erase(t.times); }
  [[nodiscard]] bool waits(const task_record& t) const { return t.times != none && waiting_.contains(t.times); }
  [[nodiscard]] bool expires(const task_record& t) const { return t.times != none && expiring_.contains(t.times); }

  /// The first to wait no longer, and the first to expire, if it is time; null if not. @{
  [[nodiscard]] task_record* due(time_point now) const { return first_of(waiting_, now); }
  [[nodiscard]] task_record* expired(time_point now) const { return first_of(expiring_, now); }
  /// @}
  /// Any of those that wait; null if none does.
  [[nodiscard]] task_record* any() const { return first_of(waiting_, time_point::max()); }

  /// When next anything is due.
  [[nodiscard]] std::optional<time_point> next() const {
    if (waiting_.empty() && expiring_.empty()) return std::nullopt;
    if (waiting_.empty()) return expiring_.earliest();
    return expiring_.empty() ? waiting_.earliest() : std::min(waiting_.earliest(), expiring_.earliest());
  }

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::size_t expiring() const { return expiring_.size(); }
  /// Tasks with times.
  [[nodiscard]] std::size_t size() const { return times_.size() - free_.size(); }
  [[nodiscard]] bool belongs(const task_record& t) const {
    return t.times == none || (t.times < times_.size() && times_[t.times].task == &t);
  }
  [[nodiscard]] bool valid() const { return waiting_.valid() && expiring_.valid(); }

 private:
  struct times {
    task_record* task = nullptr;  // records do not move
    duration pause{0};
    duration longest{0};
  };

  [[nodiscard]] task_record* first_of(const deadlines& d, time_point now) const {
    return d.empty() || d.earliest() > now ? nullptr : times_[d.first()].task;
  }

  std::vector<times> times_;
  std::vector<std::uint32_t> free_;
  deadlines waiting_;
  deadlines expiring_;
};

}  // namespace cohort::dispatch::detail
