#pragma once

#include <cohort/async/detail/link.hpp>

#include <stop_token>

namespace cohort {
class event_loop;
class waiter;
}  // namespace cohort

namespace cohort::detail {

/// What is told to stop together: the tasks of a scope, and the regions inside. Belongs to the thread of its loop.
class region : private link {
 public:
  /// Outside of all others.
  explicit region(event_loop& loop) noexcept : loop_{&loop} {}
  explicit region(region& outer) noexcept;
  ~region();

  [[nodiscard]] event_loop& loop() const noexcept { return *loop_; }
  [[nodiscard]] bool stop_requested() const noexcept { return stopped_; }
  /// Tells all who wait in it, and inside, to give up; those who begin to wait later are told at once.
  void request_stop() noexcept;
  /// Whose stop is requested with this region's.
  [[nodiscard]] std::stop_token token();

  /// For waiter: takes it in until it is unlinked.
  void add(waiter& one) noexcept;

 private:
  event_loop* loop_;
  region* next_to_stop_ = nullptr;
  link inner_;
  link waiters_;
  bool stopped_ = false;
  std::stop_source source_{std::nostopstate};
};

}  // namespace cohort::detail
