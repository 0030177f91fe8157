#pragma once

#include <cohort/async/detail/link.hpp>
#include <cohort/async/detail/mailbox.hpp>
#include <cohort/async/detail/region.hpp>
#include <cohort/async/detail/request_table.hpp>
#include <cohort/async/detail/timers.hpp>
#include <cohort/async/event_source.hpp>
#include <cohort/async/task.hpp>
#include <cohort/async/waiter.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort {

/// How an event_loop behaves.
struct event_loop_options {
  /// When tasks were told to stop and nothing but sends and collective operations is left of them, which MPI cannot
  /// cancel: how long their other ends are waited for. Then run() throws what made the tasks stop (timeout_error if
  /// that was a request), and their memory, which MPI may still use, is left alone until the program ends; memory
  /// outside the tasks that they send must live until MPI is finalised.
  std::chrono::nanoseconds patience = std::chrono::seconds{10};
};

/// Runs coroutines: tasks that wait for messages, moments, each other and more, all in one thread. One per rank, or
/// per thread that wants one; there is no global one.
///
///   cohort::event_loop loop;
///   int answer = loop.run(ask_everybody(world));
///
/// Between tasks that can go on it looks at the operations of MPI that tasks wait for, at timers, at what other
/// threads posted, and at the sources that were attached. When nothing happens it first looks without pause, then
/// lets others have the core, and after two milliseconds sleeps between looks, for a sixteenth of the time that it
/// has waited already and for a millisecond at most. It calls MPI in the thread that calls run() only.
class event_loop {
 public:
  using clock = std::chrono::steady_clock;

  explicit event_loop(event_loop_options options = {});
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;
  ~event_loop();

  /// Runs the task until it has ended: its result, or what it threw. Not collective; blocks. When `stop` is
  /// requested (by any thread) all that the task waits for ends with stopped_error. Throws deadlock_error if all
  /// tasks wait and nothing is left that could wake one (after they have been told to stop); argument_error if the
  /// loop runs already.
  template <class T>
  T run(task<T>&& main, const std::stop_token& stop = {}) {
    auto mine = std::move(main);
    detail::region all{*this};
    auto& promise = mine.promise_to_run();
    promise.begin(all, {});
    try {
      run_until_done(mine.frame(), promise, all, stop);
    } catch (...) {
      if (left_behind_) [[maybe_unused]]
        auto lost = mine.release();  // MPI may still use what lies in the frames
      throw;
    }
    return promise.take();
  }
  template <class T>
  T run(task<T>&, const std::stop_token& = {}) {
    static_assert(detail::never<T>,
                  "cohort: a task runs once, and whoever runs it takes it over; pass std::move(task)");
  }
  template <std::invocable F>
  requires(!detail::is_task<std::invoke_result_t<F&>>) void run(F&&, const std::stop_token& = {}) {
    static_assert(detail::never<F>,
                  "cohort: event_loop::run takes a task, or a function without parameters that returns one; let it "
                  "co_return its result");
  }
  /// The same for a function without parameters that returns a task, such as a lambda with captures, which is kept
  /// until the task has ended.
  template <class F>
  requires(detail::is_task<std::invoke_result_t<F&>>) decltype(auto)
      run(F&& make, const std::stop_token& stop = {}) {
    return run(std::invoke(make), stop);
  }

  /// Takes a source in, until detach(), or for good if it is given to the loop. In the loop's thread. @{
  void attach(event_source& source);
  void detach(event_source& source) noexcept;
  event_source& keep(std::unique_ptr<event_source> source);
  /// @}
  /// For sources that are kept: the first that `is` says is the one, or null.
  template <class Is>
  [[nodiscard]] event_source* find(Is&& is) const {
    for (auto* each : sources_) {
      if (is(*each)) return each;
    }
    return nullptr;
  }

  /// For those who write awaitables. @{
  /// How other threads reach this loop.
  [[nodiscard]] const std::shared_ptr<detail::mailbox>& mail() const noexcept { return mail_; }
  /// Until it is taken back, something outside the loop may post to the mailbox, so that waiting has an end.
  void expect_mail(std::ptrdiff_t more) noexcept { mail_expected_ += more; }
  [[nodiscard]] detail::timers& timers() noexcept { return timers_; }
  [[nodiscard]] detail::request_table& requests() noexcept { return requests_; }
  /// The task to be resumed when the one that runs has suspended.
  void go_on_with(std::coroutine_handle<> frame) noexcept { next_ = frame; }
  void make_ready(detail::runnable& one) noexcept { one.join(ready_); }
  /// What made tasks stop, for the case that they cannot.
  void note_failure(const std::exception_ptr& why) noexcept {
    if (!failure_) failure_ = why;
  }
  /// @}
  /// How many tasks wait for something. For messages and tests.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

 private:
  friend class waiter;

  void run_until_done(std::coroutine_handle<> main, const detail::promise_base& promise, detail::region& all,
                      const std::stop_token& stop);
  void drive(const detail::promise_base& main, detail::region& all);
  [[noreturn]] void give_up();
  void be_awake() noexcept {
    idle_looks_ = 0;
    idle_since_ = {};
    if (idle_) be_idle(false);
  }
  void be_idle(bool begins);
  void run_ready();
  void look();
  [[nodiscard]] bool may_wake() const noexcept;
  [[nodiscard]] bool something_to_do() const noexcept;
  void pause();
  [[nodiscard]] event_source* only_source() const noexcept;
  [[nodiscard]] std::optional<clock::time_point> next_timer() const noexcept;

  event_loop_options options_;
  detail::link ready_;
  detail::link round_end_;  ///< behind those that have a turn in this round
  std::coroutine_handle<> next_;
  std::size_t waiting_ = 0;
  std::size_t told_ = 0;  ///< of these, how many were told to stop
  detail::request_table requests_;
  detail::timers timers_;
  std::shared_ptr<detail::mailbox> mail_;
  std::ptrdiff_t mail_expected_ = 0;
  std::vector<event_source*> sources_;
  std::vector<std::unique_ptr<event_source>> kept_;
  std::atomic<std::thread::id> runs_in_{};  ///< the thread that calls run()
  bool left_behind_ = false;                ///< tasks that could not be stopped
  std::exception_ptr failure_;
  bool idle_ = false;  ///< and the sources know
  int idle_looks_ = 0;
  clock::time_point idle_since_{};
};

}  // namespace cohort
