#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/core/options.hpp>
#include <cohort/pattern/crew/survival.hpp>
#include <cohort/pattern/executor/executor.hpp>
#include <cohort/pattern/executor/executor_options.hpp>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace cohort {

/// Runs `body(executor&)` on the root, while all ranks, the root too, run the tasks that it submits. Collective;
/// blocks until the body has returned and all tasks have ended. Returns 0, or what the body returns if that is an
/// int; the same on every rank.
///
///   int main(int argc, char** argv) {
///     return cohort::run_executor(argc, argv, [](cohort::executor& pool) {
///       for (int square : pool.map([](int x) { return x * x; }, std::vector{1, 2, 3})) std::cout << square <<
///       '\n';
///     });
///   }
///
/// If the body throws, tasks that have not begun are revoked, and the root throws it further when the other ranks
/// have been let go; they return 1. A task's failure that nobody has asked about is thrown the same way.
///
/// With options.fault_tolerant, in a job started by `cohort-run --fault-tolerant` or `mpirun --enable-recovery`, a
/// rank that is lost (killed, crashed, stopped, or cut off; told by two seconds of silence) costs time only: what
/// it ran runs again elsewhere, and counts as rerun, not as retried; what its tasks had submitted is cancelled. A
/// task that has taken three ranks with it fails, with end_reason::lost. So a task may be run more than once, and a
/// rank that is cut off may still be running it. The root's own loss ends the job: after eight seconds of silence
/// the others throw crew::root_lost. Below thread_level::serialized the body must not go without submitting or
/// waiting for as long. After a run with a loss MPI cannot be finalised: the process ends with main's status all
/// the same, and for mpirun, which returns 0, the root's is left as the job's verdict (cohort/cluster/verdict.hpp),
/// which cohort-run returns. A collective call on any communicator with the lost rank would hang then; another farm
/// or executor throws error.
///
/// With options.drain it may wind up before its tasks have ended: see drain_options. Then the body's exit by a
/// drained_error is no failure: what runs is waited for, and resume_status (75) returned; also instead of 0 if the
/// body returns all the same, but a task of its was not run. Standard error says which. A failure comes before
/// that; that a function does not return when it is stopped is none, and its thread is left behind.
///
/// Neither the body nor tasks may call MPI, unless the environment has thread_level::multiple. With less than
/// thread_level::serialized tasks make progress only while the body submits or waits. Throws argument_error, on
/// every rank, for options that make no sense.
template <class Body>
int run_executor(const communicator& comm, Body&& body, const executor_options& options = {}, rooted at = {},
                 call_site where = call_site::current());

/// The same on all ranks of the job, with an environment made for it.
template <class Body>
int run_executor(int argc, char** argv, Body&& body, const executor_options& options = {},
                 call_site where = call_site::current());

namespace detail {
class guard_process;
/// Forks the helper process for guarded tasks, if MPI has not begun; null otherwise.
std::shared_ptr<guard_process> start_guard(const executor_options& options);

int run_executor(const communicator& comm, const std::function<int(executor&)>& body,
                 const executor_options& options, int root, const call_site& where,
                 std::shared_ptr<guard_process> guard);

template <class Body>
std::function<int(executor&)> with_status(Body& body) {
  static_assert(std::is_invocable_v<Body&, executor&>, "cohort: run_executor's body takes a cohort::executor&");
  return [&](executor& pool) {
    if constexpr (std::is_void_v<std::invoke_result_t<Body&, executor&>>) {
      body(pool);
      return 0;
    } else {
      return static_cast<int>(body(pool));
    }
  };
}
}  // namespace detail

template <class Body>
int run_executor(const communicator& comm, Body&& body, const executor_options& options, rooted at,
                 call_site where) {
  return detail::run_executor(comm, detail::with_status(body), options, at.root, where, nullptr);
}

template <class Body>
int run_executor(int argc, char** argv, Body&& body, const executor_options& options, call_site where) {
  const auto guard = detail::start_guard(options);  // first of all, and last to go
  environment env{argc, argv, {.threads = options.mpi_threads}};
  return detail::run_executor(env.world(), detail::with_status(body), options, 0, where, guard);
}

}  // namespace cohort
