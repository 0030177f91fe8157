#pragma once

#include <cohort/dispatch/detail/attempt_table.hpp>
#include <cohort/dispatch/detail/fullest.hpp>
#include <cohort/dispatch/detail/queue_set.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace cohort::dispatch::detail {

/// What workers hold beyond what they run, by queue: who could give back what somebody else is idle for? The first
/// attempts that a worker holds run, as many as it has slots; the others wait. All O(1), and O(number of queues
/// that it has held) when a worker begins or ceases to give.
class reserves {
 public:
  static constexpr std::uint32_t none = list_set::none;

  void reach(std::uint32_t worker) {
    if (worker >= workers_.size()) workers_.resize(worker + std::size_t{1});
    for (const auto& each : givers_) {
      if (each) each->reach(worker);
    }
  }

  /// After each of these, publish() must be called before they concern another worker. @{
  /// The worker's last attempt is a new one.
  void added(attempt_table& attempts, std::uint32_t attempt, bool waits) {
    if (!waits) return;
    part& w = workers_[attempts[attempt].worker];
    if (w.first == none) w.first = attempt;
    change(attempts, attempt, true);
  }
  /// The attempt is about to be erased; if it ran, the first that waits runs instead.
  void leaves(attempt_table& attempts, std::uint32_t attempt) {
    part& w = workers_[attempts[attempt].worker];
    if (!attempts[attempt].waits) {
      if (w.first != none) begin_first(attempts, w);
      return;
    }
    if (w.first == attempt) w.first = attempts.next(attempt);
    change(attempts, attempt, false);
  }
  /// The number of attempts that wait is another.
  void resize(attempt_table& attempts, std::uint32_t worker, std::uint32_t before, std::uint32_t after) {
    part& w = workers_[worker];
    for (; before > after; --before) begin_first(attempts, w);
    for (; before < after; ++before) {
      w.first = w.first == none ? attempts.last_of(worker) : attempts.previous(w.first);
      change(attempts, w.first, true);
    }
  }
  /// @}

  /// Whether the worker may be asked.
  void publish(std::uint32_t worker, bool gives) {
    part& w = workers_[worker];
    if (w.gives != gives) {
      w.gives = gives;
      for (std::size_t q = 0; q < w.waiting.size(); ++q) show(worker, static_cast<queue_id>(q));
    } else if (gives && changed_ != none) {
      show(worker, static_cast<queue_id>(changed_));
    }
    changed_ = none;
  }

  /// Queues of which somebody may be asked to give tasks back.
  [[nodiscard]] const queue_set& offered() const { return offered_; }
  /// Who holds most of this one's (see fullest).
  [[nodiscard]] std::uint32_t top(queue_id q) const { return givers_[q]->top(); }
  [[nodiscard]] std::uint32_t waiting(std::uint32_t worker, queue_id q) const {
    const part& w = workers_[worker];
    return q < w.waiting.size() ? w.waiting[q] : 0;
  }

  /// How many of the worker's last attempts it must give back so that `wanted` of them are of these queues.
  template <class Wanted>
  [[nodiscard]] std::uint32_t depth(const attempt_table& attempts, std::uint32_t worker, std::uint32_t wanted,
                                    Wanted&& is_wanted) const {
    std::uint32_t n = 0;
    for (std::uint32_t a = attempts.last_of(worker); wanted > 0; a = attempts.previous(a), ++n) {
      if (is_wanted(attempts[a].queue)) --wanted;
    }
    return n;
  }

  /// Is what is kept of this worker right, if it has this many slots?
  [[nodiscard]] bool valid(const attempt_table& attempts, std::uint32_t worker, std::uint32_t slots,
                           bool gives) const {
    const part& w = workers_[worker];
    std::vector<std::uint32_t> waiting(w.waiting.size());
    std::uint32_t n = 0;
    std::uint32_t first = none;
    for (std::uint32_t a = attempts.first_of(worker); a != none; a = attempts.next(a), ++n) {
      if (attempts[a].waits != (n >= slots)) return false;
      if (n == slots) first = a;
      if (n < slots) continue;
      if (attempts[a].queue >= waiting.size()) return false;
      ++waiting[attempts[a].queue];
    }
    if (w.first != first || w.gives != gives || w.waiting != waiting || changed_ != none) return false;
    for (std::size_t q = 0; q < waiting.size(); ++q) {
      const std::uint32_t shown = gives ? waiting[q] : 0;
      if (q >= givers_.size() || !givers_[q]) {
        if (shown > 0) return false;
      } else if (!givers_[q]->in_right_place(worker, shown) ||
                 offered_.contains(static_cast<queue_id>(q)) == (givers_[q]->top() == none)) {
        return false;
      }
    }
    return true;
  }

 private:
  struct part {
    std::uint32_t first = none;  ///< the first attempt that waits
    bool gives = false;
    std::vector<std::uint32_t> waiting;  ///< by queue
  };

  void begin_first(attempt_table& attempts, part& w) {
    const std::uint32_t first = w.first;
    w.first = attempts.next(first);
    change(attempts, first, false);
  }

  void change(attempt_table& attempts, std::uint32_t attempt, bool waits) {
    attempt_record& a = attempts[attempt];
    part& w = workers_[a.worker];
    a.waits = waits;
    if (a.queue >= w.waiting.size()) w.waiting.resize(a.queue + std::size_t{1});
    w.waiting[a.queue] += waits ? 1 : ~std::uint32_t{0};
    if (changed_ != none && changed_ != a.queue) show(a.worker, static_cast<queue_id>(changed_));
    changed_ = a.queue;
  }

  void show(std::uint32_t worker, queue_id q) {
    const part& w = workers_[worker];
    const std::uint32_t number = w.gives ? w.waiting[q] : 0;
    if (q >= givers_.size()) givers_.resize(q + std::size_t{1});
    if (!givers_[q]) {
      if (number == 0) return;
      givers_[q] = std::make_unique<fullest>();
      givers_[q]->reach(static_cast<std::uint32_t>(workers_.size() - 1));
    }
    fullest& givers = *givers_[q];
    const bool none_before = givers.empty();
    givers.set(worker, number);
    if (givers.empty() != none_before) offered_.set(q, none_before);
  }

  std::vector<part> workers_;
  std::vector<std::unique_ptr<fullest>> givers_;  ///< by queue; null before anybody held some of it
  std::uint32_t changed_ = none;                  ///< queue whose number, of one worker, is not shown yet
  queue_set offered_;
};

}  // namespace cohort::dispatch::detail
