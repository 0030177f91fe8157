#pragma once

#include <chrono>
#include <cstdint>
#include <variant>
#include <vector>

namespace cohort::dispatch {

/// A task's number: its position in the order of addition, from 0.
using task_id = std::uint64_t;
/// A worker's number, as the owner of the scheduler counts them (a rank, usually).
using worker_id = std::uint32_t;
/// Number of an attempt at a task, from 0; a late report of an attempt that was given up is told by it.
using attempt_id = std::uint32_t;

/// Number of a queue of tasks; which name it has is the owner's affair. Small, since tables are as long as the
/// greatest one in use.
using queue_id = std::uint16_t;

using duration = std::chrono::nanoseconds;
/// Time since any fixed moment. Always an argument: the scheduler has no clock of its own.
using time_point = std::chrono::nanoseconds;

struct task_options {
  int priority = 0;           ///< greater is assigned earlier; equal ones in order of addition
  std::uint32_t retries = 0;  ///< further attempts after a failure or a timeout (a lost worker burns none)
  duration timeout{0};        ///< per attempt, from its start; zero: none
  /// The task is not assigned before; from then on it stands behind those that are queued.
  time_point not_before = time_point::min();
  /// If nobody has begun the task by then (see scheduler::started), it is given up.
  time_point expires = time_point::max();
  /// Pause before the first retry, twice as long before each further one, up to `backoff_max`. Nothing waits at a
  /// worker meanwhile. What a lost worker ran is queued at once.
  duration backoff{0};
  duration backoff_max = duration::max();
  queue_id queue = 0;  ///< only workers that serve this queue get the task
  bool part = false;   ///< of a task that runs, which may wait for it: begins even after scheduler::wind_up
};

/// Why a task ended without a result.
enum class end_reason : std::uint8_t {
  failed,     ///< its last attempt failed
  timed_out,  ///< its last attempt overran its timeout
  cancelled,  ///< somebody asked for it
  lost,       ///< it was running on settings::max_losses workers that were lost, so it probably kills them
  expired,    ///< it was not begun in time
  drained     ///< it was not begun, or not again, or was stopped: the run winds up. It is to be run later
};

/// How far a task is, for those who look on.
enum class task_state : std::uint8_t {
  pending,    ///< waiting for a worker
  delayed,    ///< its moment has not come
  assigned,   ///< at a worker, which has not said that it began
  started,    ///< begun, as the worker said
  retrying,   ///< waiting for another attempt, now or after a pause: one failed, overran its timeout or was lost
  succeeded,  ///< brought a result
  failed,     ///< given up: failed, timed out or lost
  revoked,    ///< given up: cancelled, or drained
  expired,    ///< given up: not begun in time
  ended       ///< over, and how is forgotten
};

struct attempt_ref {
  task_id task = 0;
  attempt_id attempt = 0;
};

/// Actions: what the owner of the scheduler must do. @{
/// Send these attempts to the worker, which runs them in this order.
struct assign {
  worker_id worker = 0;
  std::vector<attempt_ref> attempts;
};
/// Hand the result that the successful attempt brought to the program; exactly once per task that succeeds.
struct deliver {
  task_id task = 0;
  attempt_id attempt = 0;
  worker_id worker = 0;
};
/// Tell the program that the task ended without a result; exactly once per task that does not succeed.
struct give_up {
  task_id task = 0;
  attempt_id attempt = 0;  ///< the last one
  worker_id worker = 0;    ///< where it was; meaningless if it never left the queue
  end_reason reason = end_reason::failed;
};
/// A failed, overdue or lost attempt will be followed by another: only for logs and statistics.
struct retry {
  task_id task = 0;
  attempt_id attempt = 0;  ///< the one that ended
  worker_id worker = 0;
  end_reason reason = end_reason::failed;
};
/// Tell the worker to end this attempt; its report frees the slot but no longer counts.
struct stop {
  worker_id worker = 0;
  attempt_ref attempt;
  end_reason reason = end_reason::timed_out;
};
/// Ask the worker to give back up to `most` attempts that it has not begun: others are idle, or the run winds up.
struct recall {
  /// All of them, wherever behind the worker they are: nothing more is to begin.
  static constexpr std::uint32_t everything = 0xffffffffU;

  worker_id worker = 0;
  std::uint32_t most = 0;
};
/// Tasks remain, none is at a worker, and no worker is left that serves their queues: without a new worker none
/// will ever begin. Said once per such state.
struct stalled {
  std::uint64_t unfinished = 0;
};
/// The scheduler was closed, and every task was delivered or given up. Said once.
struct finished {};
/// @}

using action = std::variant<assign, deliver, give_up, retry, stop, recall, stalled, finished>;

}  // namespace cohort::dispatch
