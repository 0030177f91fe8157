#pragma once

#include <cohort/async/detail/link.hpp>
#include <cohort/async/detail/region.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace cohort {

template <class T = void>
class task;

namespace detail {

class promise_base;
class join_awaiter;

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<task<T>> = true;

template <class A>
concept awaiter = requires(A& a) {
  a.await_ready();
  a.await_resume();
};
template <class A>
concept has_member_co_await = requires(A&& a) {
  static_cast<A&&>(a).operator co_await();
};
template <class A>
concept has_free_co_await = requires(A&& a) {
  operator co_await(static_cast<A&&>(a));
};
template <class A>
concept awaitable = has_member_co_await<A> || has_free_co_await<A> || awaiter<A>;

/// What stands for a void result where there must be a value.
template <class T>
using value_or_nothing = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

/// Stands for an awaiter that lives elsewhere. g++ 12 would copy that into the frame if await_transform returned a
/// reference to it.
template <class A>
class awaiter_elsewhere {
 public:
  explicit awaiter_elsewhere(A& one) noexcept : one_{&one} {}
  decltype(auto) await_ready() { return one_->await_ready(); }
  template <class Promise>
  decltype(auto) await_suspend(std::coroutine_handle<Promise> task) {
    return one_->await_suspend(task);
  }
  decltype(auto) await_resume() { return one_->await_resume(); }

 private:
  A* one_;
};

/// The awaiter of something, as a prvalue.
template <class A>
auto awaiter_of(A&& a) {
  if constexpr (has_member_co_await<A>) {
    return static_cast<A&&>(a).operator co_await();
  } else if constexpr (has_free_co_await<A>) {
    return operator co_await(static_cast<A&&>(a));
  } else {
    return awaiter_elsewhere<std::remove_reference_t<A>>{a};
  }
}
template <class A>
using awaited_t = decltype(std::declval<decltype(awaiter_of(std::declval<A>()))&>().await_resume());

template <class>
inline constexpr bool never = false;

/// Hears that a task has ended whom no other task awaits directly.
class end_listener {
 public:
  /// Called inside the task's last suspension: its frame must not be destroyed here.
  virtual void ended(promise_base& child) noexcept = 0;

 protected:
  end_listener() = default;
  end_listener(const end_listener&) = default;
  end_listener& operator=(const end_listener&) = default;
  ~end_listener() = default;
};

/// The part of a task's promise that does not know its result.
///
/// A task is resumed by its loop only. One that awaits another, or ends, leaves with the loop whom to resume next
/// and returns to it. That costs a jump more than symmetric transfer, but is the same with every compiler and at
/// every level of optimisation: g++ 12 makes a tail call of symmetric transfer only when it optimises, and neither
/// does under sanitizers, so that chains of tasks would use up the stack.
class promise_base : public runnable {
 public:
  struct final_awaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      ended.promise().finish();
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] final_awaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error_ = std::current_exception(); }

  template <class A>
  auto await_transform(A&& a) {
    if constexpr (is_task<std::remove_cvref_t<A>> && std::is_lvalue_reference_v<A>) {
      static_assert(
          never<A>,
          "cohort: a task runs once, and whoever awaits it takes it over; write co_await std::move(task)");
    } else if constexpr (awaitable<A>) {
      return awaiter_of(static_cast<A&&>(a));
    } else {
      static_assert(never<A>,
                    "cohort: this cannot be awaited; await a task, a request (of irecv, isend, iallreduce, ...), a "
                    "future, sleep_for and the like, and include <cohort/async.hpp>");
    }
  }

  /// Takes its place: in `where`, followed by `then` or heard by `by`.
  void begin(region& where, std::coroutine_handle<> then, end_listener* by = nullptr) noexcept {
    where_ = &where;
    then_ = then;
    by_ = by;
  }
  [[nodiscard]] bool begun() const noexcept { return where_ != nullptr; }
  [[nodiscard]] bool over() const noexcept { return over_; }
  [[nodiscard]] region& where() const noexcept { return *where_; }
  [[nodiscard]] const std::exception_ptr& error() const noexcept { return error_; }

  /// For scope: a spawned<T> holds the frame, and who awaits that. @{
  bool held = false;
  join_awaiter* joiner = nullptr;
  /// @}

 protected:
  promise_base() = default;
  ~promise_base() = default;
  void rethrow() const {
    if (error_) [[unlikely]]
      std::rethrow_exception(error_);
  }

 private:
  void finish() noexcept;

  region* where_ = nullptr;
  std::coroutine_handle<> then_;
  end_listener* by_ = nullptr;
  std::exception_ptr error_;
  bool over_ = false;
};

template <class T>
class promise final : public promise_base {
 public:
  task<T> get_return_object() noexcept;
  template <class U = T>
  requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) { value_.emplace(static_cast<U&&>(value)); }
  /// Its result, or what it threw. Once.
  T take() {
    rethrow();
    return std::move(*value_);
  }
  [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }

 private:
  std::optional<T> value_;
};

template <class T>
class promise<T&> final : public promise_base {
 public:
  task<T&> get_return_object() noexcept;
  void return_value(T& value) noexcept { value_ = &value; }
  T& take() {
    rethrow();
    return *value_;
  }
  [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }

 private:
  T* value_ = nullptr;
};

template <>
class promise<void> final : public promise_base {
 public:
  task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() { rethrow(); }
  [[nodiscard]] bool has_value() const noexcept { return over() && !error(); }
};

}  // namespace detail
}  // namespace cohort
