#pragma once

#include <cohort/dispatch/counts.hpp>
#include <cohort/dispatch/detail/attempt_table.hpp>
#include <cohort/dispatch/detail/credit.hpp>
#include <cohort/dispatch/detail/deadlines.hpp>
#include <cohort/dispatch/detail/delay_queue.hpp>
#include <cohort/dispatch/detail/list_set.hpp>
#include <cohort/dispatch/detail/outbox.hpp>
#include <cohort/dispatch/detail/pools.hpp>
#include <cohort/dispatch/detail/queue_table.hpp>
#include <cohort/dispatch/detail/reserves.hpp>
#include <cohort/dispatch/detail/speeds.hpp>
#include <cohort/dispatch/detail/task_table.hpp>
#include <cohort/dispatch/detail/worker_table.hpp>
#include <cohort/dispatch/schedule.hpp>
#include <cohort/dispatch/settings.hpp>
#include <cohort/dispatch/types.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace cohort::dispatch {

/// Decides which worker runs which task when: a master's whole brain, without messages, clock, threads or I/O.
///
/// The owner reports events, and after each of them (or several, such as the reports of one message) calls next()
/// until it is empty and does what it says. Every task ends in exactly one deliver or give_up; after close(),
/// finished follows the last of them, once, and nothing follows finished.
///
/// Tasks stand in queues, and a worker serves all of them or some. It gets, of the first tasks in its queues, the
/// one of the greatest priority; of equal ones, what came back before what is new, then in order of addition.
///
/// Only the current attempt of a task counts, and only from the worker to which it was assigned, in the same life
/// of that worker. All other reports are stale: they are counted, and nothing more. So a worker that was believed
/// lost and comes back with a result has worked in vain, and no result is ever delivered twice.
///
/// Idle workers (with a free slot) come first, in the order in which they became idle. Then workers that hold less
/// than their credit get more to keep. When nothing is queued and a worker is idle, others are asked to give back
/// what they have not begun. Tasks that come back (after a failure, a loss, a recall) wait at the front of their
/// priority. What has been sent to a worker is not overtaken by a greater priority.
///
/// Every event and action costs O(1) amortised, plus O(log) of the number of different priorities queued and of the
/// number of running attempts with a timeout; worker_lost, cancel_queued and cancel_all cost that per task
/// concerned. What has a moment (to begin, to expire, to be tried again) costs O(log) of the number of those. With
/// several queues an action costs O(number of queues that hold tasks + number of different sets of queues that
/// workers serve). Memory: 64 bytes per unfinished task, about 60 more if it has such a moment, 48 per attempt at a
/// worker, about 250 per worker that ever joined, and 4 more for each queue of which it has kept tasks.
///
/// All events throw argument_error for a task that was never added or a worker that never joined. Move-only.
class scheduler {
 public:
  /// Throws argument_error for settings that make no sense and for schedules that a master cannot follow.
  explicit scheduler(settings how = {});

  /// Events: tasks. @{
  /// A task more. Tasks may create tasks, so this is allowed after close(), until next() has returned finished;
  /// then it throws error. One that has expired by the latest time that an event has told is given up at once.
  /// Throws argument_error for a negative timeout or backoff.
  task_id add(task_options options = {});
  /// From now on at most `per_second` tasks of the queue are assigned per second of the time that events tell,
  /// retries included, after a burst of at most `burst`. They are given to free slots only, never to wait at a
  /// worker and begin all at once. Another rate keeps what was used up of the burst; infinity lifts the limit. The
  /// others of a queue wait, and deadline() says when the next may go; before any event has told a time, that is at
  /// once. Throws argument_error for a rate that is not positive and for a burst of 0.
  void limit_rate(queue_id queue, double per_second, std::uint32_t burst = 1);
  /// No more tasks come from outside: when all that are there have ended, finished is said.
  void close();
  /// Gives the task up; stops it if a worker has it. No effect on a task that has ended.
  void cancel(task_id task);
  /// Gives up all tasks that no worker has.
  void cancel_queued();
  /// Gives up all unfinished tasks.
  void cancel_all();
  /// Nothing more begins, but parts of tasks that run: what no worker has begun is given up as drained, and so is
  /// from now on what is added, what comes back (given back, interrupted, with a lost worker), and what would be
  /// tried again, which burns no retry. Workers are asked to give back all that they have not begun; what runs may
  /// end. Final; O(unfinished tasks). No effect the second time.
  void wind_up();
  /// The same, and what runs is stopped, and given up as drained; parts do not begin either.
  void stop_running();
  /// @}

  /// Events: workers. @{
  /// A worker that runs `slots` attempts at the same time, in the order in which they were assigned. Throws
  /// argument_error if it is here already or slots is 0.
  void worker_joined(worker_id worker, std::uint32_t slots);
  /// The worker runs that many at the same time from now on: more while a task of it waits for another, less when
  /// it has gone on. What runs beyond is not stopped; the worker gets nothing before it has a free slot again.
  /// Throws argument_error for 0 slots. No effect on a worker that is not here, and none on its next life.
  void resize(worker_id worker, std::uint32_t slots);
  /// The worker serves these queues from now on, and no others; before it was all. What it holds it keeps. Throws
  /// argument_error for no queues. No effect on a worker that is not here, and none on its next life.
  void serve(worker_id worker, std::span<const queue_id> queues);
  /// It serves all queues again, those that nobody has named yet, too.
  void serve_all(worker_id worker);
  /// The worker gets nothing more; what it holds it may finish, or give back (returned). worker_lost ends it. No
  /// effect on a worker that is not here.
  void drain(worker_id worker);
  /// The worker is gone. What it held is queued again; tasks that ran there (started, or among its first `slots`
  /// and not in doubt) are charged with the loss and given up at the last of settings::max_losses, unless it was
  /// draining. No effect on a worker that is not here.
  void worker_lost(worker_id worker);
  /// The worker had been silent for a while when it was assigned this: if it is lost, and has not said that it
  /// started it, it was probably lost before. No effect on what the worker does not hold.
  void doubt(worker_id worker, attempt_ref attempt);
  /// Its answer to recall is complete: all that it gives back was reported by returned().
  void recalled(worker_id worker);
  /// @}

  /// Events: attempts. Stale reports have no effect but to free the slot of an attempt that was stopped. @{
  /// The attempt runs: its timeout counts from now, and the task does not expire any more. Optional for tasks that
  /// have neither; a report of the attempt's end says it, too.
  void started(worker_id worker, attempt_ref attempt, time_point now);
  /// True: the result is wanted, and a deliver for it will follow. False: stale, throw the result away.
  bool succeeded(worker_id worker, attempt_ref attempt, duration took, time_point now);
  /// Failed, or ended because of stop. False: stale.
  bool failed(worker_id worker, attempt_ref attempt, duration took, time_point now);
  /// Ended from outside, and not because of stop (its worker must leave): queued again, burns no retry. False:
  /// stale.
  bool interrupted(worker_id worker, attempt_ref attempt, duration took);
  /// Given back without having begun: burns no retry.
  void returned(worker_id worker, attempt_ref attempt);
  /// @}

  /// Ends attempts whose timeout has passed, gives up tasks that have expired, queues those whose moment has come.
  /// A result that arrives late but before tick() counts. Time never goes back: an event that tells an earlier one
  /// than another did counts as if it told the same.
  void tick(time_point now);

  /// The next thing to do; nothing if there is none until the next event.
  [[nodiscard]] std::optional<action> next();
  /// When tick() is needed next.
  [[nodiscard]] std::optional<time_point> deadline() const;

  /// Observers. @{
  [[nodiscard]] const counts& totals() const { return totals_; }
  /// O(1). How a task ended is known until its end is told, and after that as long as one of its neighbours in the
  /// order of addition (of 256) is unfinished; then only that it did. Nothing is kept for this. Throws
  /// argument_error if it was never added.
  [[nodiscard]] task_state state(task_id task) const;
  /// O(1). Throws argument_error if it never joined.
  [[nodiscard]] const worker_counts& worker(worker_id worker) const;
  /// Running time of a task as estimated now; zero before the first report.
  [[nodiscard]] duration cost() const { return credit_.cost(); }
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] bool is_winding_up() const { return winding_up_; }
  /// By stop_running().
  [[nodiscard]] bool is_stopped() const { return stopped_; }
  [[nodiscard]] bool is_finished() const { return finished_; }
  /// Verifies that everything kept here agrees, in time linear in all of it; throws error if not. For tests.
  void check() const;
  /// @}

 private:
  using place = std::uint32_t;
  enum supply_list : std::uint32_t { idle, hungry };  ///< workers of a pool that may get something
  static constexpr std::uint32_t list_of(std::uint32_t pool, supply_list kind) { return 2 * pool + kind; }

  // What events do.
  [[nodiscard]] place known(worker_id worker) const;
  [[nodiscard]] detail::task_record* known(task_id task) const;
  [[nodiscard]] place find(worker_id worker, attempt_ref attempt) const;
  /// Ends an attempt that its worker tells of; null if nothing is to be made of it.
  detail::worker_record* take_back(worker_id worker, attempt_ref attempt, duration took);
  bool report(worker_id worker, attempt_ref attempt, bool success, duration took, time_point now);
  void abandon(detail::task_record& task, end_reason reason);
  void release(place attempt);
  void lose(place attempt, bool charge);
  void requeue(detail::task_record& task);
  [[nodiscard]] bool may_begin(const detail::task_record& task) const {
    return !winding_up_ || (task.part && !stopped_);
  }
  void retry_or_give_up(detail::task_record& task, end_reason reason);
  void withdraw(detail::task_record& task, end_reason reason);
  void end(detail::task_record& task, bool success, end_reason reason);
  void tell(detail::task_record& task);
  void serve(worker_id worker, const detail::served_queues& queues);
  void refresh(place worker);
  [[nodiscard]] double strength(const detail::worker_record& w) const;
  [[nodiscard]] bool wants_more(const detail::worker_record& w) const;

  // What time does.
  void delay(detail::task_record& task, time_point until);
  void wake(detail::task_record& task);

  // What next() does.
  [[nodiscard]] std::optional<action> next_assign();
  [[nodiscard]] std::optional<action> next_recall();
  [[nodiscard]] std::optional<action> next_state();
  [[nodiscard]] place pick() const;
  [[nodiscard]] place pick(supply_list kind, const detail::queue_set& queues) const;
  [[nodiscard]] bool can_progress() const;
  [[nodiscard]] bool better_elsewhere(const detail::task_record& task, place worker) const;
  [[nodiscard]] std::uint64_t portion(const detail::worker_record& w);
  [[nodiscard]] bool helps(std::uint32_t pool, queue_id q) const;
  [[nodiscard]] recall ask(place giver, std::uint32_t pool);
  [[nodiscard]] assign give(place worker, std::uint64_t most);

  settings settings_;
  counts totals_;
  detail::task_table tasks_;
  detail::queue_table queues_;
  detail::attempt_table attempts_;
  detail::worker_table workers_;
  detail::deadlines deadlines_;  ///< timeouts, by attempt
  detail::delay_queue delays_;
  detail::credit credit_;
  detail::speeds speeds_;  ///< adaptive only
  detail::pool_table pools_;
  detail::list_set supply_{2};  ///< both lists of each pool
  detail::reserves reserves_;
  detail::outbox outbox_;
  std::uint64_t turns_ = 0;  ///< workers that came into a list of supply_ so far
  task_id told_ = 0;         ///< ordered: all tasks before it were told
  bool closed_ = false;
  bool winding_up_ = false;
  bool stopped_ = false;
  bool finished_ = false;
  bool anybody_joined_ = false;
  bool stalled_ = false;  ///< was said about the present state
};

}  // namespace cohort::dispatch
