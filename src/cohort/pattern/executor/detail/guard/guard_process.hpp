#pragma once

#include <cohort/pattern/crew/signal_watch.hpp>
#include <cohort/pattern/crew/thread_runner.hpp>
#include <cohort/pattern/executor/detail/guard/guard_order.hpp>
#include <cohort/pattern/executor/detail/guard/sockets.hpp>
#include <cohort/pattern/executor/exception_types.hpp>
#include <cohort/pattern/executor/rank_state.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <sys/types.h>
#include <utility>

namespace cohort {
class task_context;
}

namespace cohort::detail {

/// A rank's helper process, from which the processes of guarded tasks are forked: small, without threads and
/// without MPI, since it is itself forked before MPI begins.
class guard_process {
 public:
  /// Forks it. `patience`: for a task's process to end by SIGTERM, before SIGKILL. `heeded`: signals that the rank
  /// answers by draining.
  guard_process(std::shared_ptr<const exception_types> exceptions, const rank_state& state,
                std::chrono::nanoseconds patience, std::span<const int> heeded);
  guard_process(const guard_process&) = delete;
  guard_process& operator=(const guard_process&) = delete;
  /// Ends it and all its children, and waits until they are gone.
  ~guard_process();

  /// What tasks need to know. Before the first run().
  void set_up(const guard_setup& what);

  /// The rank's watch over these signals: a task whose process ends by one that has come to the rank too was ended
  /// with the job, and has not failed. Before the first run().
  void heed(std::shared_ptr<const crew::signal_watch> signals) { signals_ = std::move(signals); }

  /// Runs a task in a process of its own, and waits for its end; ends it when `here` is told to stop. Any thread.
  /// Throws error if it cannot be begun.
  [[nodiscard]] crew::outcome run(const task_context& here, travel::function_key function,
                                  std::span<const std::byte> frame);

 private:
  [[nodiscard]] bool ended_with_job(int status) const;
  void say(const guard_order& what, std::span<const int> descriptors) const;

  std::chrono::nanoseconds patience_;
  std::shared_ptr<const crew::signal_watch> signals_;  ///< null: none
  descriptor control_;
  pid_t pid_ = -1;
  std::atomic<std::uint64_t> next_{0};
};

}  // namespace cohort::detail
