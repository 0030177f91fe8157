#pragma once

#include <cohort/async/detail/promise.hpp>
#include <cohort/core/error.hpp>

#include <coroutine>
#include <utility>

namespace cohort {

namespace detail {

/// What a loop is told: whom to resume when the task that runs has suspended. Apart, so that task.hpp needs no
/// loop.
void go_on_with(region& where, std::coroutine_handle<> frame) noexcept;
[[noreturn]] void throw_no_task(bool empty);

template <class T>
class task_awaiter {
 public:
  explicit task_awaiter(std::coroutine_handle<promise<T>> child) noexcept : child_{child} {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> parent) noexcept {
    auto& where = parent.promise().where();
    child_.promise().begin(where, parent);
    go_on_with(where, child_);
  }
  T await_resume() { return child_.promise().take(); }

 private:
  std::coroutine_handle<promise<T>> child_;
};

}  // namespace detail

/// A coroutine that gives one T (or nothing, or throws), written as a function that returns task<T>:
///
///   cohort::task<int> twice(const cohort::communicator& world) {
///     const int x = co_await world.async_recv<int>({.source = 0});
///     co_return 2 * x;
///   }
///
/// Lazy: it begins when it is awaited, or given to event_loop::run, scope::spawn, when_all and the like. Move-only,
/// and run once: awaiting takes it over (`co_await twice(world)`, `co_await std::move(kept)`). Destroying one that
/// has not begun ends it there.
///
/// Parameters are kept as the function has them: what is passed by reference must live until the task has ended,
/// which it does if the task is awaited where it is called. A lambda's captures are not kept: a lambda that is a
/// coroutine must live as long as its task. scope::run, scope::spawn, when_all and event_loop::run take
/// such lambdas themselves and keep them.
///
/// Cost: one allocation for the frame. Chains of tasks, however long, do not use the stack.
template <class T>
class [[nodiscard]] task {
 public:
  using promise_type = detail::promise<T>;
  using value_type = T;

  task() noexcept = default;
  task(task&& other) noexcept : frame_{std::exchange(other.frame_, {})} {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      if (frame_) frame_.destroy();
      frame_ = std::exchange(other.frame_, {});
    }
    return *this;
  }
  ~task() {
    if (frame_) frame_.destroy();
  }

  /// False when it was moved from, or made without a coroutine.
  [[nodiscard]] bool valid() const noexcept { return static_cast<bool>(frame_); }

  /// Throws argument_error if there is nothing to await: it was moved from, or has been awaited.
  auto operator co_await() && {
    (void)promise_to_run();
    return detail::task_awaiter<T>{frame_};
  }

  /// For those who run tasks. @{
  [[nodiscard]] std::coroutine_handle<promise_type> frame() const noexcept { return frame_; }
  [[nodiscard]] promise_type& promise_to_run() const {
    if (!frame_ || frame_.promise().begun()) [[unlikely]]
      detail::throw_no_task(!frame_);
    return frame_.promise();
  }
  [[nodiscard]] std::coroutine_handle<promise_type> release() noexcept { return std::exchange(frame_, {}); }
  explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_{frame} {}
  /// @}

 private:
  std::coroutine_handle<promise_type> frame_;
};

namespace detail {

template <class T>
task<T> promise<T>::get_return_object() noexcept {
  frame = std::coroutine_handle<promise>::from_promise(*this);
  return task<T>{std::coroutine_handle<promise>::from_promise(*this)};
}
template <class T>
task<T&> promise<T&>::get_return_object() noexcept {
  frame = std::coroutine_handle<promise>::from_promise(*this);
  return task<T&>{std::coroutine_handle<promise>::from_promise(*this)};
}
inline task<void> promise<void>::get_return_object() noexcept {
  frame = std::coroutine_handle<promise>::from_promise(*this);
  return task<void>{std::coroutine_handle<promise>::from_promise(*this)};
}

}  // namespace detail
}  // namespace cohort
