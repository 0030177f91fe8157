#pragma once

#include <cohort/core/detail/deadline.hpp>
#include <cohort/core/error.hpp>
#include <cohort/pattern/executor/detail/follow.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace cohort {

namespace detail {
struct future_access;
/// Throws argument_error.
[[noreturn]] void throw_no_task();
}  // namespace detail

/// The result of a task that may not have ended: what concurrent.futures calls Future. Copies share one task. A
/// future that goes away leaves its task alone.
///
/// A task whose failure nobody asks about (by a wait, a callback or state()) is not lost: run_executor ends with
/// its exception. A failure that passes on to another future (of then(), or of a task that it is an argument of)
/// must be asked about there. One that is empty, or whose result was moved out of it, throws argument_error.
template <class T>
class future {
 public:
  using value_type = T;

  future() = default;

  [[nodiscard]] bool valid() const noexcept { return core_ != nullptr; }

  /// The task's name in the result store (executor_options::store); empty if it is not kept there.
  [[nodiscard]] std::string id() const { return detail::kept_id(core()); }

  /// Blocks until the task has ended. A task whose function's calls have been brief so far may be run by the thread
  /// that waits, with a few others that wait for their turn, unless it waits with a deadline: do not hold a lock
  /// here that tasks take. Its result, or the exception it threw (see exception_types), or cancelled_error, or
  /// drained_error. An lvalue's result stays in the future; a future that goes away hands it over.
  decltype(auto) get() const& {
    wait();
    if constexpr (!std::is_void_v<T>) return static_cast<const T&>(core_->value());
  }
  T get() && {
    wait();
    const auto last = std::move(core_);
    if constexpr (!std::is_void_v<T>) {
      if (last.use_count() == 1) return std::move(last->value());
      return T(last->value());
    }
  }
  /// The same, but throws timeout_error if the task has not ended after `patience`.
  decltype(auto) get(detail::time_limit patience) const& {
    if (!wait_for(patience)) throw_timeout();
    return get();
  }
  T get(detail::time_limit patience) && {
    if (!wait_for(patience)) throw_timeout();
    return std::move(*this).get();
  }

  /// Whether the task has ended, one way or another. Does not block, nor look for news.
  [[nodiscard]] bool ready() const { return core().ended(); }
  /// Blocks until it has, at most for `patience`: whether it has.
  [[nodiscard]] bool wait_for(detail::time_limit patience) const {
    return core().ended() ||
           core().home().wait([this] { return core().ended(); }, detail::deadline_after(patience));
  }

  /// Without waiting.
  [[nodiscard]] task_state state() const {
    core().observe();
    return core().ended() ? core().last_state() : core().home().state(core());
  }

  /// Why the task failed: blocks until it has ended; nothing if it succeeded.
  [[nodiscard]] std::optional<task_failure> failure() const {
    block();
    if (core().last_state() == task_state::succeeded) return std::nullopt;
    return core().failure().failure;
  }

  /// Revokes the task: one that has not begun never will; one that runs is told (task_context::stop_requested) and
  /// its result is thrown away. No effect on one that has ended. Does not block.
  void cancel() const {
    core().observe();
    if (!core().ended()) core().home().cancel(core());
  }

  /// Callbacks: called once, when the task has ended, in this thread if it has already, else in the thread that
  /// hears of it: one that waits for some future, or the executor's own. They must not take long, and in a task (as
  /// opposed to the executor's body) they must not wait. @{ Calls f(result), and gives a future of what it returns;
  /// a failure passes by f, into that future.
  template <class F>
  auto then(F f) const {
    using U = typename then_result<F>::type;
    core().observe();
    auto next = std::make_shared<detail::future_value<U>>(core().link());
    detail::follow(*core_, next, [f = std::move(f), from = core_]() mutable {
      if (from->last_state() != task_state::succeeded) return detail::made<U>{std::nullopt, from->failure()};
      return detail::attempt<U>([&]() -> decltype(auto) {
        if constexpr (std::is_void_v<T>) {
          return f();
        } else {
          return f(std::as_const(from->value()));
        }
      });
    });
    return future<U>{next};
  }
  /// Calls f(failure), whose result stands for the task's; a result passes by f. If f returns nothing, the failure
  /// stands, and has been asked about.
  template <class F>
  future on_error(F f) const {
    core().observe();
    auto next = std::make_shared<detail::future_value<T>>(core().link());
    detail::follow(*core_, next, [f = std::move(f), from = core_]() mutable {
      using made = detail::made<T>;
      if (from->last_state() == task_state::succeeded) return made{from->value(), {}};
      const auto& why = from->failure();
      if constexpr (std::is_void_v<std::invoke_result_t<F&, const task_failure&>>) {
        auto called = detail::attempt<void>([&] { f(why.failure); });
        if (called.value) return made{.value = std::nullopt, .failure = why, .told = true};
        return made{std::nullopt, std::move(called.failure)};
      } else {
        return detail::attempt<T>([&] { return T(f(why.failure)); });
      }
    });
    return future{next};
  }
  /// Calls f(this future), however the task ended: Python's add_done_callback. It must not throw.
  template <class F>
  void on_done(F f) const {
    core().observe();
    if (core().ended()) {
      f(*this);
    } else {
      core().home().when_ended(*core_, [f = std::move(f), self = *this]() mutable { f(self); });
    }
  }
  /// @}

 private:
  template <class>
  friend class future;
  friend struct detail::future_access;

  template <class F>
  struct then_result : std::invoke_result<F&, const T&> {};
  template <class F>
  requires std::is_void_v<T>
  struct then_result<F> : std::invoke_result<F&> {
  };

  explicit future(std::shared_ptr<detail::future_value<T>> core) noexcept : core_{std::move(core)} {}

  [[nodiscard]] detail::future_value<T>& core() const {
    if (core_ == nullptr) [[unlikely]]
      detail::throw_no_task();
    return *core_;
  }
  void block() const {
    core().observe();
    if (!core_->ended()) core_->home().wait([this] { return core_->ended(); }, std::nullopt);
  }
  void wait() const {
    block();
    if (core_->last_state() != task_state::succeeded) core_->failure().raise();
  }
  [[noreturn]] static void throw_timeout() {
    throw timeout_error{
        "future::get: the task has not ended in the time given (it goes on); wait longer, or cancel it"};
  }

  std::shared_ptr<detail::future_value<T>> core_;
};

namespace detail {

/// For those who make futures and take them apart.
struct future_access {
  template <class T>
  static future<T> make(std::shared_ptr<future_value<T>> core) {
    return future<T>{std::move(core)};
  }
  template <class T>
  static const std::shared_ptr<future_value<T>>& core(const future<T>& of) {
    return of.core_;
  }
};

}  // namespace detail
}  // namespace cohort
