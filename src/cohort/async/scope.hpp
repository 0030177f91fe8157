#pragma once

#include <cohort/async/as_task.hpp>
#include <cohort/async/detail/nursery.hpp>
#include <cohort/async/error.hpp>
#include <cohort/async/waiter.hpp>

#include <coroutine>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace cohort {

namespace detail {

/// Waits for the end of a task of a scope.
class join_awaiter : public waiter {
 public:
  explicit join_awaiter(promise_base& child) noexcept : child_{&child} {}
  join_awaiter(const join_awaiter&) = delete;
  join_awaiter& operator=(const join_awaiter&) = delete;
  ~join_awaiter() {
    if (waiting()) child_->joiner = nullptr;
  }
  [[nodiscard]] bool await_ready() const noexcept { return child_->over(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) noexcept {
    child_->joiner = this;
    suspend(task);
  }

 private:
  void stop() noexcept override {
    child_->joiner = nullptr;
    wake();
  }

 protected:
  promise_base* child_;
};
template <class T>
class join_result final : public join_awaiter {
 public:
  explicit join_result(promise<T>& child) noexcept : join_awaiter{child} {}
  T await_resume() {
    if (!child_->over()) throw stopped_error{};
    return static_cast<promise<T>*>(child_)->take();
  }
};

/// What a scope's body returns. Apart from run(), which would not be a coroutine if this were no task.
template <class F, class Scope>
struct body_task {
  using type = std::invoke_result_t<F&, Scope&>;
  static_assert(is_task<type>,
                "cohort: scope::run takes a function of a scope& that returns a task, such as "
                "[](scope& s) -> task<> { ... }");
};

}  // namespace detail

/// A task of a scope: `co_await it` gives its result, or throws what it threw; once. One task waits for it at a
/// time. Move-only; one that goes away leaves the task to its scope.
template <class T>
class spawned {
 public:
  explicit spawned(std::coroutine_handle<detail::promise<T>> child) noexcept : child_{child} {
    child_.promise().held = true;
  }
  spawned(spawned&& other) noexcept : child_{std::exchange(other.child_, {})} {}
  spawned& operator=(spawned&& other) noexcept {
    if (this != &other) {
      let_go();
      child_ = std::exchange(other.child_, {});
    }
    return *this;
  }
  ~spawned() { let_go(); }

  /// Whether the task has ended, one way or another.
  [[nodiscard]] bool ended() const noexcept { return child_.promise().over(); }
  auto operator co_await() const noexcept { return detail::join_result<T>{child_.promise()}; }

 private:
  void let_go() noexcept {
    if (!child_) return;
    child_.promise().held = false;
    if (ended()) child_.destroy();
  }
  std::coroutine_handle<detail::promise<T>> child_;
};

/// Tasks that are begun one by one and all end before run() does, however it ends: what Python calls a TaskGroup,
/// and others a nursery.
///
///   co_await scope::run([&](scope& s) -> task<> {
///     auto answer = s.spawn(ask(world, 1));     // runs while this goes on
///     s.spawn([&]() -> task<> { ... });         // the lambda is kept as long as its task
///     use(co_await std::move(answer));
///   });                                         // all have ended
///
/// The first exception, of a task or of the body, stops all the others, and is thrown by run() when they have
/// ended.
class scope : private detail::nursery {
 public:
  /// Runs `body`, a function of a scope& that returns a task, in a scope. A task: its result is the body's. If the
  /// scope was stopped by request_stop(), the stopped_errors of its tasks are no errors; only a body that should
  /// have given a result throws its own. Cost: a frame.
  template <class F>
  static typename detail::body_task<F, scope>::type run(F body) {
    detail::region& outer = co_await detail::this_region{};
    scope inside{outer};
    std::invoke_result_t<F&, scope&> main;
    std::exception_ptr refused;  // by a body that is no coroutine, when it has spawned tasks perhaps
    try {
      main = std::invoke(body, inside);
      inside.start(main);
      inside.body_ = &main.frame().promise();
    } catch (...) {
      refused = std::current_exception();
      inside.note(refused);
    }
    co_await inside.all_ended();
    if (refused) std::rethrow_exception(refused);
    if constexpr (!std::is_void_v<typename decltype(main)::value_type>) co_return main.frame().promise().take();
  }

  /// Begins a task (or what as_task takes) in the loop's next round. It belongs to the scope; what is returned can
  /// be awaited for its result, or be ignored. Cost: no more than the task.
  template <class A>
  auto spawn(A&& what) {
    destroy_ended();
    auto child = as_task(std::forward<A>(what));
    start(child);
    return spawned{child.release()};
  }

  /// Tells all tasks of the scope to stop, its body too.
  void request_stop() noexcept { inside().request_stop(); }
  /// For others to see, or hear, that the scope stops.
  [[nodiscard]] std::stop_token stop_token() { return inside().token(); }
  /// How many tasks have not ended, the body's among them.
  [[nodiscard]] std::size_t running() const noexcept { return nursery::running(); }

 private:
  explicit scope(detail::region& outer) noexcept : nursery{outer} {}
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;
  ~scope() { destroy_ended(); }

  void ended(detail::promise_base& child) noexcept override {
    if (&child != body_) {
      if (!child.held) child.join(ended_);
      if (child.joiner != nullptr) child.joiner->wake();
    }
    nursery::ended(child);
  }
  void destroy_ended() noexcept {
    while (!ended_.alone()) {
      auto* const one = static_cast<detail::runnable*>(ended_.next());
      one->unlink();
      one->frame.destroy();
    }
  }

  const detail::promise_base* body_ = nullptr;  ///< whose frame is not the scope's
  detail::link ended_;                          ///< tasks whose frames nobody holds
};

}  // namespace cohort
