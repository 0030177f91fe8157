#pragma once

#include <cohort/async/detail/link.hpp>

#include <coroutine>

namespace cohort::detail {
class region;
}

namespace cohort {

class event_loop;

/// A task that waits: the base of an awaiter, for those who write something new to await. It lies in the frame of
/// the task and belongs to the thread of its loop.
///
///   struct tide : cohort::waiter {
///     bool await_ready();                     // true: nothing to wait for
///     template <class P>
///     void await_suspend(std::coroutine_handle<P> task) { suspend(task); }
///     void await_resume();                    // after somebody called wake()
///     void stop() noexcept override;          // the task's scope is to stop: call wake() as soon as may be
///   };
class waiter : private detail::runnable {
 public:
  /// The task waits no longer: it goes on in the loop's next round. Once; in the loop's thread.
  void wake() noexcept;
  /// Between suspend() and wake().
  [[nodiscard]] bool waiting() const noexcept { return waiting_; }
  /// It was told to stop.
  [[nodiscard]] bool told() const noexcept { return told_; }
  [[nodiscard]] event_loop& loop() const noexcept { return *loop_; }

 protected:
  waiter() noexcept = default;
  ~waiter() {
    if (waiting_) leave();
  }
  template <class Promise>
  void suspend(std::coroutine_handle<Promise> task) noexcept {
    frame = task;
    enter(task.promise().where());
  }

 private:
  friend class detail::region;
  virtual void stop() noexcept = 0;
  void enter(detail::region& where) noexcept;
  void leave() noexcept;
  void tell() noexcept;

  event_loop* loop_ = nullptr;
  bool waiting_ = false;
  bool told_ = false;
};

}  // namespace cohort
