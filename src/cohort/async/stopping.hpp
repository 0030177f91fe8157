#pragma once

#include <cohort/async/as_task.hpp>
#include <cohort/async/detail/nursery.hpp>
#include <cohort/async/detail/stop_relay.hpp>
#include <cohort/async/error.hpp>

#include <coroutine>
#include <stop_token>
#include <utility>

namespace cohort {
namespace detail {

template <class T>
task<T> stopped_by(std::stop_token stop, task<T> child) {
  region& outer = co_await this_region{};
  plain_nursery alone{outer};
  const stop_relay relay{alone.inside(), stop};
  alone.start(child);
  co_await alone.all_ended();
  co_return child.frame().promise().take();
}
template <class T>
task<T> shielded(task<T> child) {
  region& outer = co_await this_region{};
  plain_nursery alone{outer, nursery::shielded{}};
  alone.start(child);
  co_await alone.all_ended();
  co_return child.frame().promise().take();
}

struct stop_state {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> task) noexcept {
    where = &task.promise().where();
    return false;
  }
  region* where = nullptr;
};
struct ask_stop : stop_state {
  [[nodiscard]] bool await_resume() const noexcept { return where->stop_requested(); }
};
struct ask_token : stop_state {
  [[nodiscard]] std::stop_token await_resume() const { return where->token(); }
};

}  // namespace detail

/// A task that runs `what` until it ends, or until any thread requests a stop of the token: then what it awaits
/// throws stopped_error. Takes what as_task takes.
template <class A>
auto with_stop(std::stop_token stop, A&& what) {
  return detail::stopped_by(std::move(stop), as_task(std::forward<A>(what)));
}

/// A task that runs `what` to its end, even if the scope around is to stop: for tidying up that has to wait. What
/// it waits for must come by itself.
template <class A>
auto shield(A&& what) {
  return detail::shielded(as_task(std::forward<A>(what)));
}

/// `co_await stop_requested()`: whether this task is to stop. Does not suspend.
[[nodiscard]] inline detail::ask_stop stop_requested() noexcept {
  return {};
}
/// `co_await this_stop_token()`: a std::stop_token of the innermost scope, when_any and the like around this task,
/// to pass to code that knows nothing of coroutines. Does not suspend.
[[nodiscard]] inline detail::ask_token this_stop_token() noexcept {
  return {};
}

}  // namespace cohort
