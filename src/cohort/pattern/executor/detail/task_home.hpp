#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/pattern/executor/detail/future_core.hpp>
#include <cohort/pattern/executor/detail/keeping.hpp>
#include <cohort/pattern/executor/detail/unasked_failures.hpp>
#include <cohort/pattern/executor/submit_options.hpp>
#include <cohort/pattern/travel/module_table.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <typeinfo>

namespace cohort::detail {

/// A task as it travels: what to call, and the bytes of the callable and of its arguments.
struct task_frame {
  travel::function_key invoker;
  const std::type_info* name = nullptr;  ///< of the callable; stays here
  buffer<std::byte> bytes;
  /// Nobody can tell where it runs, so that it may be run by who waits for it, if that is cheaper than sending it.
  bool anywhere = false;
  const std::type_info* call = nullptr;  ///< function and arguments; null: the result is not to be recorded
  bool by_pointer = false;               ///< the callable is a pointer, the first of the bytes
};

/// How a task is run: submit_options as they travel.
struct task_terms {
  std::int64_t timeout = 0;  ///< all times in nanoseconds
  std::int64_t backoff = 0;
  std::int64_t backoff_max = 0;
  std::int64_t countdown = 0;
  std::int64_t expires = 0;
  std::int32_t priority = 0;
  std::uint32_t retries = 0;
  dispatch::queue_id queue = 0;
  std::uint16_t say_started = 0;
  std::uint16_t guarded = 0;
  std::uint16_t series = 0;  ///< one of a series that goes on in any case: if it is not run, nothing is missing
  std::uint32_t ranks = 1;
};
/// Throws argument_error for negative times, and for less than one rank. The queue is left to the caller.
[[nodiscard]] task_terms checked_terms(const submit_options& options);

/// Where futures belong: the executor on the root, or the rank on which a task runs that submits others.
class task_home {
 public:
  using clock = std::chrono::steady_clock;

  task_home();
  task_home(const task_home&) = delete;
  task_home& operator=(const task_home&) = delete;
  virtual ~task_home();

  /// For futures.
  [[nodiscard]] const std::shared_ptr<home_link>& link() const noexcept { return link_; }

  /// Submits the task; the core is told of its end. Any thread.
  virtual void submit(std::shared_ptr<future_core> core, task_frame&& frame, const task_terms& terms) = 0;

  /// Blocks until `ready()` (called again and again, by this thread), or the deadline has passed: false.
  virtual bool wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) = 0;

  /// For the thread of an event loop, which waits for other things too, and whom callbacks tell what has ended. @{
  /// Looks for news once, without blocking; false: others look.
  virtual bool look() { return false; }
  /// As long as what is returned lives, this thread does nothing but wait.
  [[nodiscard]] virtual std::shared_ptr<void> rest() { return nullptr; }
  /// @}

  /// Revokes a task, if it has not ended.
  void cancel(future_core& core);

  [[nodiscard]] virtual task_state state(const future_core& core) = 0;

  /// The options with their queue found, to be checked once for many tasks. Throws argument_error for an unknown
  /// queue and for negative times.
  [[nodiscard]] virtual task_terms terms(const submit_options& options) const = 0;

  /// How tasks with these options are kept; null: they are not.
  [[nodiscard]] virtual std::shared_ptr<const keeping> keeping_of(const submit_options& options) const {
    (void)options;
    return nullptr;
  }

  /// The tasks of this queue are counted one by one as they begin, so that no two calls may share one.
  [[nodiscard]] virtual bool one_by_one(dispatch::queue_id queue) {
    (void)queue;
    return false;
  }

  /// How many tasks run at the same time on all ranks.
  [[nodiscard]] virtual std::size_t slots() = 0;

  [[nodiscard]] virtual const travel::module_table& modules() const = 0;
  [[nodiscard]] virtual const std::shared_ptr<const exception_types>& exceptions() const = 0;

  /// Calls `callback` when the core has ended: at once, in this thread, if it has; else in the thread that hears of
  /// it.
  void when_ended(future_core& core, std::function<void()> callback);
  /// Ends the core of a task that is never submitted, since an argument of it has failed: it fails with the same.
  virtual void forgo(const std::shared_ptr<future_core>& core, const failed_task& why);
  /// Ends a core that no task stands behind, such as the result of a callback.
  void settle(const std::shared_ptr<future_core>& core, const std::function<void()>& how);

 protected:
  /// Guards cores and what the home keeps of them.
  std::mutex mutex_;

  /// Of tasks and of callbacks.
  unasked_failures unasked_;

  /// Under the lock: if it has failed and nobody has asked, it is remembered until somebody does, or lost.
  void remember(std::shared_ptr<future_core> core);
  void sift_unasked();

  /// Under the lock: the core has ended, its callbacks are due.
  void ended(future_core& core);
  /// Without the lock: calls what is due. True: there was something.
  bool run_callbacks();
  /// Under the lock: no callback is due, or being called.
  [[nodiscard]] bool quiet() const noexcept { return due_.empty() && calling_ == 0; }

 private:
  /// Under the lock: cancel() for a task that was submitted.
  virtual void cancel_submitted(const future_core& core) = 0;
  /// Under the lock: nobody can ask about this failure any more.
  virtual void lost(const future_core& failed) = 0;
  /// Without the lock: something has ended, and its callbacks were called.
  virtual void news() {}

  std::shared_ptr<home_link> link_;
  std::vector<std::function<void()>> due_;
  std::atomic<bool> any_due_{false};  ///< whether due_ holds any, for who has not the lock
  int calling_ = 0;                   ///< threads in callbacks
};

}  // namespace cohort::detail
