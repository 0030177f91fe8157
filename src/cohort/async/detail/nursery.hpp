#pragma once

#include <cohort/async/detail/promise.hpp>
#include <cohort/async/detail/region.hpp>
#include <cohort/async/task.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>

namespace cohort::detail {

/// `co_await this_region{}`: where the task runs.
class this_region {
 public:
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <class Promise>
  [[nodiscard]] bool await_suspend(std::coroutine_handle<Promise> task) noexcept {
    where_ = &task.promise().where();
    return false;
  }
  [[nodiscard]] region& await_resume() const noexcept { return *where_; }

 private:
  region* where_ = nullptr;
};

/// Tasks that run at the same time in a region of their own, and end before whoever made it goes on. The first
/// exception stops the others; so does, if asked for, the first end.
class nursery : public end_listener {
 public:
  explicit nursery(region& outer, bool first_end_stops = false) noexcept
      : outer_{&outer}, inside_{outer}, first_end_stops_{first_end_stops} {}
  /// Not stopped when `outer` is.
  struct shielded {};
  nursery(region& outer, shielded) noexcept : outer_{&outer}, inside_{outer.loop()} {}
  nursery(const nursery&) = delete;
  nursery& operator=(const nursery&) = delete;

  [[nodiscard]] region& inside() noexcept { return inside_; }
  [[nodiscard]] std::size_t running() const noexcept { return running_; }
  /// The task begins in the loop's next round. It stays its owner's, who keeps it until it has ended.
  template <class T>
  void start(const task<T>& child) {
    auto& promise = child.promise_to_run();
    promise.begin(inside_, {}, this);
    begin(promise);
  }
  /// Whose end was the first; null: none has ended.
  [[nodiscard]] const promise_base* first() const noexcept { return first_; }

  /// `co_await all_ended()`: returns when all have ended. Throws what the first of them threw.
  class ending {
   public:
    explicit ending(nursery& of) noexcept : of_{&of} {}
    [[nodiscard]] bool await_ready() const noexcept { return of_->running_ == 0; }
    void await_suspend(std::coroutine_handle<> task) noexcept { of_->waits_.frame = task; }
    void await_resume() const { of_->rethrow(); }

   private:
    nursery* of_;
  };
  [[nodiscard]] ending all_ended() noexcept { return ending{*this}; }

 protected:
  ~nursery() = default;
  void ended(promise_base& child) noexcept override;
  /// The first stops all tasks.
  void note(const std::exception_ptr& why) noexcept;

 private:
  void begin(promise_base& child) noexcept;
  void rethrow() const;

  region* outer_;
  region inside_;
  bool first_end_stops_ = false;
  std::size_t running_ = 0;
  runnable waits_;
  const promise_base* first_ = nullptr;
  std::exception_ptr failure_;
  std::exception_ptr stopped_;
};

/// One that is used as it is.
class plain_nursery final : public nursery {
 public:
  using nursery::nursery;
};

}  // namespace cohort::detail
