#pragma once

#include <cohort/async/detail/promise.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

namespace cohort {

/// A coroutine that gives many T, one by one, to whoever goes through it: a range that is gone through once, in
/// C++20's sense an input range and a view. Written as a function that returns generator<T> and says
/// `co_yield value`. It runs in the thread, and at the pace, of the loop that goes through it; needs no event_loop,
/// and cannot co_await.
///
///   cohort::generator<int> count_to(int n) {
///     for (int i = 1; i <= n; ++i) co_yield i;
///   }
///   for (int i : count_to(3)) ...
///
/// The elements are references to what was yielded, which stays until the next one is asked for. An exception comes
/// out of begin() or ++. Cost: one allocation for the frame.
template <class T>
class generator : public std::ranges::view_base {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>, "cohort: a generator gives objects; use generator<T>");

 public:
  class promise_type {
   public:
    generator get_return_object() noexcept {
      return generator{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] std::suspend_always final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { error_ = std::current_exception(); }
    void return_void() const noexcept {}
    std::suspend_always yield_value(T& value) noexcept {
      value_ = std::addressof(value);
      return {};
    }
    std::suspend_always yield_value(T&& value) noexcept {
      value_ = std::addressof(value);
      return {};
    }
    /// What is const is copied, since elements may be changed.
    struct copy {
      T value;
      [[nodiscard]] bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> at) noexcept { at.promise().value_ = &value; }
      void await_resume() const noexcept {}
    };
    copy yield_value(const T& value) { return {value}; }
    template <class A>
    void await_transform(A&&) {
      static_assert(detail::never<A>,
                    "cohort: a generator cannot co_await (it belongs to no event_loop); use a task");
    }

   private:
    friend class generator;
    T* value_ = nullptr;
    std::exception_ptr error_;
  };

  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    iterator(iterator&& other) noexcept : frame_{std::exchange(other.frame_, {})} {}
    iterator& operator=(iterator&& other) noexcept {
      frame_ = std::exchange(other.frame_, {});
      return *this;
    }
    ~iterator() = default;
    T& operator*() const noexcept { return *frame_.promise().value_; }
    T* operator->() const noexcept { return frame_.promise().value_; }
    iterator& operator++() {
      advance(frame_);
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) noexcept { return i.frame_.done(); }

   private:
    friend class generator;
    explicit iterator(std::coroutine_handle<promise_type> frame) noexcept : frame_{frame} {}
    std::coroutine_handle<promise_type> frame_;
  };

  generator(generator&& other) noexcept : frame_{std::exchange(other.frame_, {})} {}
  generator& operator=(generator&& other) noexcept {
    if (this != &other) {
      if (frame_) frame_.destroy();
      frame_ = std::exchange(other.frame_, {});
    }
    return *this;
  }
  ~generator() {
    if (frame_) frame_.destroy();
  }

  /// Runs it up to its first element. Once.
  [[nodiscard]] iterator begin() {
    advance(frame_);
    return iterator{frame_};
  }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  explicit generator(std::coroutine_handle<promise_type> frame) noexcept : frame_{frame} {}
  static void advance(std::coroutine_handle<promise_type> frame) {
    frame.resume();
    if (auto& error = frame.promise().error_) std::rethrow_exception(std::exchange(error, nullptr));
  }

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace cohort
