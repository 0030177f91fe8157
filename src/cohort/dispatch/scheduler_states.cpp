#include <cohort/core/error.hpp>
#include <cohort/dispatch/scheduler.hpp>

#include <algorithm>
#include <string>
#include <utility>

// How tasks, attempts and workers pass from one state to another: what the events have in common.
namespace cohort::dispatch {

using detail::nowhere;
using detail::stage;
using detail::task_record;
using detail::worker_record;

scheduler::place scheduler::known(worker_id id) const {
  const place at = workers_.find(id);
  if (at == nowhere) {
    throw argument_error("unknown worker " + std::to_string(id) + " (it never joined); report worker_joined first");
  }
  return at;
}

task_record* scheduler::known(task_id id) const {
  if (id >= tasks_.next_id()) {
    throw argument_error("unknown task " + std::to_string(id) + " (only " + std::to_string(tasks_.next_id()) +
                         " were added); pass a number that add() returned");
  }
  return tasks_.find(id);
}

/// The attempt, if that worker holds it, abandoned or not.
scheduler::place scheduler::find(worker_id worker, attempt_ref attempt) const {
  const task_record* task = known(attempt.task);
  const bool current = task && task->state == stage::assigned && task->attempt() == attempt.attempt;
  const place at = current ? task->current : attempts_.find_abandoned(attempt);
  if (at != nowhere && workers_[attempts_[at].worker].id == worker) return at;
  (void)known(worker);
  return nowhere;
}

/// The task goes on, or ends, without its present attempt.
void scheduler::abandon(task_record& task, end_reason reason) {
  outbox_.push(stop{task.worker, {task.id, task.attempt()}, reason});
  deadlines_.erase(task.current);
  attempts_.abandon(task.current);
  --totals_.assigned;
}

/// The worker does not hold the attempt any more.
void scheduler::release(place attempt) {
  const place at = attempts_[attempt].worker;
  deadlines_.erase(attempt);
  reserves_.leaves(attempts_, attempt);
  attempts_.erase(attempt);
  --workers_[at].totals.assigned;
  refresh(at);
}

void scheduler::lose(place attempt, bool charge) {
  const attempt_ref ref = attempts_[attempt].ref;
  const bool abandoned = attempts_[attempt].abandoned;
  release(attempt);
  if (abandoned) return;
  task_record& task = *tasks_.find(ref.task);
  --totals_.assigned;
  if (!charge) {
    ++totals_.returned;
    requeue(task);
  } else if (++task.losses >= settings_.max_losses) {
    end(task, false, end_reason::lost);
  } else if (!may_begin(task)) {
    end(task, false, end_reason::drained);
  } else {
    ++totals_.retried;
    task.retrying = true;
    outbox_.push(retry{task.id, task.attempt(), task.worker, end_reason::lost});
    requeue(task);
  }
}

void scheduler::requeue(task_record& task) {
  if (!may_begin(task)) return end(task, false, end_reason::drained);
  task.state = stage::queued;
  queues_.push_front(task);
  ++totals_.queued;
}

void scheduler::retry_or_give_up(task_record& task, end_reason reason) {
  if (task.retries == 0) return end(task, false, reason);
  if (!may_begin(task)) return end(task, false, end_reason::drained);
  --task.retries;
  task.retrying = true;
  task.avoid = workers_.find(task.worker);
  ++totals_.retried;
  outbox_.push(retry{task.id, task.attempt(), task.worker, reason});
  const duration pause = delays_.pause(task);
  if (pause == duration::zero()) return requeue(task);
  delay(task, detail::later(queues_.clock(), pause));
}

/// Ends a task that goes on somewhere.
void scheduler::withdraw(task_record& task, end_reason reason) {
  if (task.state == stage::queued) {
    queues_.erase(task);
    --totals_.queued;
  } else if (task.state == stage::delayed) {
    queues_.undelay(task.queue);
    --totals_.delayed;
  } else {
    abandon(task, reason);
  }
  end(task, false, reason);
}

void scheduler::end(task_record& task, bool success, end_reason reason) {
  delays_.erase(task);
  task.state = stage::ended;
  task.success = success;
  task.reason = reason;
  if (success) {
    ++totals_.succeeded;
  } else {
    ++(reason == end_reason::failed      ? totals_.failed
       : reason == end_reason::timed_out ? totals_.timed_out
       : reason == end_reason::cancelled ? totals_.cancelled
       : reason == end_reason::expired   ? totals_.expired
       : reason == end_reason::drained   ? totals_.drained
                                         : totals_.lost);
  }
  if (!settings_.ordered) return tell(task);
  for (task_record* t = tasks_.find(told_); t && t->state == stage::ended; t = tasks_.find(told_)) {
    tell(*t);
    ++told_;
  }
}

void scheduler::tell(task_record& task) {
  if (task.success) {
    outbox_.push(deliver{task.id, task.attempt(), task.worker});
  } else {
    outbox_.push(give_up{task.id, task.attempt(), task.worker, task.reason});
  }
  tasks_.forget(task);
}

/// The worker's slots, as many more as it is faster than others if the schedule cares.
double scheduler::strength(const worker_record& w) const {
  return settings_.how == schedule::adaptive ? w.totals.slots * speeds_.relative(workers_.find(w.id))
                                             : w.totals.slots;
}

bool scheduler::wants_more(const worker_record& w) const {
  if (w.recalled) return false;  // it would have to give it back
  const std::uint32_t limit = credit_.limit(strength(w));
  return limit > 0 && std::uint64_t{w.waiting()} + credit_.message(limit) <= limit;
}

/// Puts the worker into the lists where it belongs after it has changed.
void scheduler::refresh(place at) {
  worker_record& w = workers_[at];
  pools_.count(w);
  if (settings_.how == schedule::adaptive) speeds_.count(at, w.counted.slots);
  std::uint32_t list = nowhere;
  if (w.counted.free > 0) {
    list = list_of(w.pool, idle);
  } else if (w.accepts() && wants_more(w)) {
    list = list_of(w.pool, hungry);
  }
  if (supply_.list_of(at) != list) {
    supply_.erase(at);
    if (list != nowhere) supply_.push_back(list, at);
    w.turn = ++turns_;
  }
  reserves_.publish(at, w.totals.present && !w.recalled && !w.refused);
}

}  // namespace cohort::dispatch
