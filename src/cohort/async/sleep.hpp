#pragma once

#include <cohort/async/error.hpp>
#include <cohort/async/event_loop.hpp>
#include <cohort/core/detail/deadline.hpp>

#include <chrono>
#include <coroutine>

namespace cohort {

namespace detail {

/// Waits for a moment; one in the past has come.
class sleep_awaiter : public waiter, private timer {
 public:
  explicit sleep_awaiter(timer::clock::time_point until) noexcept : until_{until} {}
  sleep_awaiter(const sleep_awaiter&) = delete;
  sleep_awaiter& operator=(const sleep_awaiter&) = delete;
  ~sleep_awaiter() {
    if (set()) loop().timers().remove(*this);
  }
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) {
    task.promise().where().loop().timers().add(*this, until_);
    suspend(task);
  }
  void await_resume() const {
    if (told()) throw stopped_error{};
  }

 private:
  void stop() noexcept override {
    loop().timers().remove(*this);
    wake();
  }
  void fire() noexcept override { wake(); }

  timer::clock::time_point until_;
};

class yield_awaiter : public waiter {
 public:
  yield_awaiter() noexcept = default;
  yield_awaiter(const yield_awaiter&) = delete;
  yield_awaiter& operator=(const yield_awaiter&) = delete;
  ~yield_awaiter() = default;
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) noexcept {
    suspend(task);
    if (waiting()) wake();
  }
  void await_resume() const {
    if (told()) throw stopped_error{};
  }

 private:
  void stop() noexcept override { wake(); }
};

/// What can be moved about before it is awaited, and makes its awaiter then.
struct sleep {
  timer::clock::time_point until;
  sleep_awaiter operator co_await() const noexcept { return sleep_awaiter{until}; }
};
struct yield_once {
  yield_awaiter operator co_await() const noexcept { return {}; }
};

}  // namespace detail

/// `co_await sleep_until(moment)`: lets other tasks run until then. Throws stopped_error when the scope is to stop.
/// No allocation (but the growth of the loop's heap of timers). @{
[[nodiscard]] inline detail::sleep sleep_until(std::chrono::steady_clock::time_point moment) noexcept {
  return {moment};
}
template <class Clock, class Duration>
[[nodiscard]] detail::sleep sleep_until(std::chrono::time_point<Clock, Duration> moment) {
  return {detail::deadline_at(moment)};
}
/// The time counts from this call.
template <class Rep, class Period>
[[nodiscard]] detail::sleep sleep_for(std::chrono::duration<Rep, Period> time) {
  return {detail::deadline_after(time)};
}
/// @}

/// `co_await yield()`: lets the tasks that are ready run first, and the loop look at messages; for long
/// computations.
[[nodiscard]] inline detail::yield_once yield() noexcept {
  return {};
}

}  // namespace cohort
