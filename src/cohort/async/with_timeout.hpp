#pragma once

#include <cohort/async/as_task.hpp>
#include <cohort/async/detail/nursery.hpp>
#include <cohort/async/event_loop.hpp>
#include <cohort/core/detail/deadline.hpp>
#include <cohort/core/error.hpp>

#include <chrono>
#include <utility>

namespace cohort {
namespace detail {

/// Stops a region at a moment.
class stop_at final : private timer {
 public:
  stop_at(region& what, timer::clock::time_point when) : what_{&what} { what.loop().timers().add(*this, when); }
  stop_at(const stop_at&) = delete;
  stop_at& operator=(const stop_at&) = delete;
  ~stop_at() { what_->loop().timers().remove(*this); }
  void cancel() noexcept { what_->loop().timers().remove(*this); }

 private:
  void fire() noexcept override { what_->request_stop(); }
  region* what_;
};

[[noreturn]] void throw_timeout();

template <class T>
task<T> within(timer::clock::time_point when, task<T> child) {
  region& outer = co_await this_region{};
  plain_nursery alone{outer};
  stop_at end{alone.inside(), when};
  alone.start(child);
  co_await alone.all_ended();
  auto& promise = child.frame().promise();
  if (!promise.has_value()) throw_timeout();
  co_return promise.take();
}

}  // namespace detail

/// A task that runs `what` (a task, or what as_task takes) for `time` at most: its result. When the time is over it
/// is stopped, and when it has ended timeout_error is thrown; if it gives a result all the same, as a receive that
/// met its message in the last moment does, that is what comes. The time counts from this call. Cost: a frame.
template <class Rep, class Period, class A>
auto with_timeout(std::chrono::duration<Rep, Period> time, A&& what) {
  return detail::within(detail::deadline_after(time), as_task(std::forward<A>(what)));
}

}  // namespace cohort
