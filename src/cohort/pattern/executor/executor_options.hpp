#pragma once

#include <cohort/core/environment.hpp>
#include <cohort/dispatch/settings.hpp>
#include <cohort/pattern/drain_options.hpp>
#include <cohort/pattern/executor/exception_types.hpp>
#include <cohort/pattern/executor/rank_state.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cohort {

/// How an executor works; the same on every rank.
struct executor_options {
  std::uint32_t threads = 1;  ///< tasks that each rank runs at the same time
  /// For tasks that overran their timeout, or were cancelled, to return all the same when the executor ends.
  std::chrono::nanoseconds grace = std::chrono::seconds{5};
  exception_types exceptions{};  ///< that come back as what they are
  /// Named queues and the ranks that serve them: {{"gpu", {2, 3}}}. A rank that is named here serves those queues
  /// only, the others the default queue only, which has the name "default" if a rank is to serve it besides
  /// another.
  std::map<std::string, std::vector<int>> queues{};
  /// Tasks kept at a rank beyond those that run there; by default as many as their measured cost suggests.
  std::uint32_t prefetch = dispatch::automatic;
  /// Called once on each rank, the root too, in the thread that calls run_executor and so may call MPI; the body
  /// and the tasks begin when it has returned everywhere. On every rank, or on none. If it throws anywhere, nothing
  /// is run, and run_executor throws rank_error on every rank.
  std::function<void()> initializer{};
  /// What each rank makes for its tasks, which find it in task_context::state(). Made by every rank, or by none,
  /// behind the initializer. If that throws anywhere, nothing is run, and run_executor throws rank_error on every
  /// rank.
  rank_state state{};
  /// File in which the root keeps what becomes of tasks, for result_store and later runs; empty: none. Made if it
  /// is not there. Holds each task that is given to submit() on the executor; not the chunks of a map, nor tasks of
  /// tasks. What the root hears is written within about 100 ms, in one transaction that survives the program and
  /// the machine (SQLite's WAL, synchronous = FULL: not for network file systems).
  std::string store{};
  std::chrono::nanoseconds store_expires{0};  ///< rows older than that are forgotten at the start; zero: never
  /// File in which the root records the results of tasks that are given to submit() on the executor (not the chunks
  /// of a map, tasks of tasks, nor what every() runs); empty: none. Made if it is not there. In a later run with
  /// the same file, a task with a recorded result is not run: its future is ready at once. So a program that was
  /// killed goes on where it was when it is started again. A task is known by its function's name and the bytes of
  /// captures and arguments, the n-th of several that are alike by n; failures are not recorded. Change the file
  /// when you change what a function computes: that is not noticed. See cohort::journal::writer for what survives
  /// what: any death of the program at once, the machine's after 100 ms. If the file cannot be written any more the
  /// tasks go on, and run_executor throws error at the end.
  std::string journal{};
  /// When the executor winds up before its tasks have ended: a time, or signals. Futures of tasks that were not run
  /// then throw drained_error. See run_executor for what becomes of the program.
  drain_options drain{};
  /// Ranks that have one copy of shared data, where fewer than all of a node are to: 2 makes nodes of two ranks
  /// each. 0: all.
  int node_size = 0;
  /// Whether the executor goes on when a rank other than the root is lost: killed, crashed, stopped, or cut off.
  /// See run_executor. By default only if the job was started for it, by `cohort-run --fault-tolerant` (or
  /// COHORT_FAULT_TOLERANT=1 on every rank). Tasks of several ranks are argument_errors then.
  std::optional<bool> fault_tolerant{};
  /// What run_executor(argc, argv, ...) asks MPI for: multiple, if tasks call MPI, as those of several ranks do.
  thread_level mpi_threads = thread_level::serialized;
};

}  // namespace cohort
