#pragma once

#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/crew/runner.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace cohort::crew {

/// The program on the root: knows what the tasks are and what to do with their results.
class client {
 public:
  client() = default;
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  virtual ~client() = default;

  /// A worker is here now (the scheduler knows it).
  virtual void joined(dispatch::worker_id worker) { (void)worker; }

  /// A worker was given up for lost, and why (see survival). The scheduler knows it: what the worker had follows as
  /// assign, retry or give_up. Nothing more is heard of it.
  virtual void lost(dispatch::worker_id worker, std::string_view why) { (void)worker, (void)why; }

  /// The task's bytes for a worker: how many, then written to `to`.
  virtual std::size_t task_size(dispatch::task_id task) = 0;
  virtual void write_task(dispatch::task_id task, std::byte* to) = 0;

  /// A wanted result has come; keep it until `deliver` (at once, or when its turn comes if results are ordered).
  virtual void keep_result(dispatch::task_id task, std::span<const std::byte> payload) = 0;
  /// An attempt failed; its error may be needed by a later `give_up`. `worker` names the rank.
  virtual void keep_error(dispatch::task_id task, std::span<const std::byte> payload) = 0;

  /// A report about an attempt, before the calls above or below that follow from it.
  struct heard_report {
    dispatch::worker_id worker;
    std::uint16_t member;  ///< which rank of the worker's group ran it, if the worker has one
    job of;
    report::kind what;  ///< not slots, note, nor told
    dispatch::duration took;
    bool counts;  ///< false: the scheduler wants to know no more of the attempt
  };
  virtual void heard(const heard_report& what) { (void)what; }

  /// The report of an attempt of which the scheduler wants to know no more, since it was stopped, though it may
  /// have ended by itself: the only word of how it did. Once for each attempt that was given up while a worker had
  /// it (but see returned), after or (ordered) before the give_up or retry that names it.
  virtual void stale(dispatch::worker_id worker, job of, std::span<const std::byte> payload) {
    (void)worker, (void)of, (void)payload;
  }

  /// An attempt came back without having begun. If it had been given up meanwhile, that is its end: no stale()
  /// follows.
  virtual void returned(dispatch::worker_id worker, job of) { (void)worker, (void)of; }

  /// As the scheduler's actions of these names. @{
  virtual void deliver(const dispatch::deliver& what) = 0;
  virtual void give_up(const dispatch::give_up& what) = 0;
  virtual void retry(const dispatch::retry& what) { (void)what; }
  /// @}

  /// A runner's note.
  virtual void note(dispatch::worker_id worker, job of, std::span<const std::byte> payload) {
    (void)worker, (void)of, (void)payload;
  }

  /// A signal has come to a rank (of the worker's group, if it has one) that is to wind the run up, see
  /// drain_runner.
  virtual void told(dispatch::worker_id worker, std::uint16_t member, int signal) {
    (void)worker, (void)member, (void)signal;
  }
};

}  // namespace cohort::crew
