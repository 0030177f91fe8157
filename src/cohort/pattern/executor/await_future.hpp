#pragma once

#include <cohort/pattern/executor/detail/future_waiter.hpp>
#include <cohort/pattern/executor/future.hpp>

#include <coroutine>
#include <utility>

namespace cohort {
namespace detail {

template <class T, bool Owns>
class future_awaiter final : public future_waiter {
 public:
  explicit future_awaiter(future<T> of) : future_waiter{Owns}, future_{std::move(of)} {}
  future_awaiter(const future_awaiter&) = delete;
  future_awaiter& operator=(const future_awaiter&) = delete;
  ~future_awaiter() = default;

  [[nodiscard]] bool await_ready() const { return future_.ready(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) {
    listen(*future_access::core(future_), task.promise().where().loop());
    suspend(task);
  }
  decltype(auto) await_resume() {
    check();
    if constexpr (Owns) {
      return std::move(future_).get();
    } else {
      return future_.get();
    }
  }

 private:
  future<T> future_;
};

}  // namespace detail

/// `co_await pool.submit(f, x)`: a future's result in a task of an event_loop (cohort/async.hpp), whose other tasks
/// run meanwhile; throws what get() throws. Of a future that has a name the result stays there, and a reference to
/// it is given. The loop's thread does for the executor what a thread in get() does; if nothing but futures is
/// waited for in the loop, it may run brief tasks.
///
/// When the scope is to stop, stopped_error is thrown. The executor's task is then revoked, as by cancel(), if the
/// future was given away, and goes on if it has a name. Cost: some small allocations, unless the task has ended
/// already. @{
template <class T>
auto operator co_await(future<T>&& one) {
  return detail::future_awaiter<T, true>{std::move(one)};
}
template <class T>
auto operator co_await(const future<T>& one) {
  return detail::future_awaiter<T, false>{one};
}
/// @}

}  // namespace cohort
