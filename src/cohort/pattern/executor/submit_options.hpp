#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cohort {

/// How one task is run: pool.with({.retries = 3, .timeout = 10s}).submit(f, x).
struct submit_options {
  int priority = 0;                     ///< greater runs earlier; equal ones in the order of submission
  std::uint32_t retries = 0;            ///< further attempts after a failure or a timeout
  std::chrono::nanoseconds timeout{0};  ///< per attempt, from its start; zero: none. See executor for what it ends
  std::chrono::nanoseconds backoff{0};  ///< pause before the first retry, twice as long before each further one
  std::chrono::nanoseconds backoff_max = std::chrono::hours{1};  ///< the longest of these pauses
  std::chrono::nanoseconds countdown{0};                         ///< the task is not begun before so long from now
  std::chrono::nanoseconds expires{0};  ///< a task not begun so long from now is revoked; zero: never
  std::string queue{};                  ///< of executor_options::queues; empty: the default queue
  /// So many ranks run the function together, each a call with the same arguments; task_context::communicator() is
  /// theirs. The result is that of its rank 0; the task fails with what the first member throws (see executor for
  /// the others). Needs thread_level::multiple for more than 1. The members are ranks that serve the queue, each
  /// with one of its threads. Such a task waits until so many are free, and reserves those that are; it is not
  /// counted by limit_rate. Its priority counts among such tasks: those of tasks come first. A member that waits
  /// for futures lends its slot, those that wait for it in MPI do not.
  int ranks = 1;
  bool track_started = false;  ///< future::state() says `started`, for a message more per task
  /// The task runs in a process of its own, begun for it by its rank: a crash, std::exit, want of memory, its
  /// timeout or a cancellation end that process (by SIGTERM, a second later by SIGKILL, with all that it has begun)
  /// and not the rank. The first three are a task_crashed, the last two a task_error with its reason (timed_out)
  /// and a cancelled_error, as for other tasks. It cannot submit tasks nor call MPI, and what it changes in memory
  /// is lost. Needs run_executor(argc, argv, ...). About a millisecond per task.
  bool guarded = false;
  std::string id{};    ///< in the result store, instead of the newest task of this id; empty: a new one
  std::string name{};  ///< in messages about it, and in the result store; empty: its number, or the function's type
  /// If the result store has the result of a task of this id, take it and do not run the task; otherwise run it.
  bool reuse = false;
  /// Whether the result is recorded, and taken from there in a later run, if the executor has a journal
  /// (executor_options::journal). False for tasks that are run for what they do, not for their result.
  bool journal = true;
};

}  // namespace cohort
