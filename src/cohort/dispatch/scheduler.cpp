#include <cohort/core/error.hpp>
#include <cohort/dispatch/scheduler.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace cohort::dispatch {

using detail::nowhere;
using detail::stage;
using detail::task_record;
using detail::worker_record;

namespace {

void check_lengths(const task_options& o) {
  const auto check = [](duration d, const char* problem) {
    if (d < duration::zero()) throw argument_error(problem);
  };
  check(o.timeout, "timeout is negative (it is a length of time); pass zero for no timeout");
  check(o.backoff, "backoff is negative (it is a length of time); pass zero to retry at once");
  check(o.backoff_max, "backoff_max is negative (it is a length of time); leave it out for no limit");
}

settings checked(settings s) {
  if (s.how == schedule::static_block || s.how == schedule::static_cyclic) {
    throw argument_error("schedule " + std::string{to_string(s.how)} +
                         " is not for a scheduler (it cannot follow it, since workers come, go and give back); use "
                         "automatic, factoring, guided, trapezoid, adaptive or self");
  }
  if (s.quantum <= duration::zero()) {
    throw argument_error(
        "quantum is not positive (it is the work that one message carries); leave it at its default");
  }
  if (s.max_batch == 0) throw argument_error("max_batch is 0 (no task could be assigned); pass at least 1");
  if (s.max_losses == 0) {
    throw argument_error(
        "max_losses is 0 (a task is given up at its last allowed loss); pass 1 to give up at the first");
  }
  return s;
}

}  // namespace

scheduler::scheduler(settings how) : settings_{checked(how)}, credit_{settings_}, pools_{settings_.how} {}

task_id scheduler::add(task_options options) {
  if (finished_)
    throw error("a task added after the end (the scheduler was closed and has finished); use a new scheduler");
  check_lengths(options);
  task_record& task = tasks_.add();
  task.timeout = options.timeout;
  task.priority = options.priority;
  task.retries = options.retries;
  task.queue = options.queue;
  task.part = options.part;
  queues_.reach(task.queue);
  ++totals_.added;
  const task_id id = task.id;
  if (detail::delay_queue::concerns(options)) delays_.add(task, options);
  if (options.expires <= queues_.clock()) {
    end(task, false, end_reason::expired);
  } else if (!may_begin(task)) {
    end(task, false, end_reason::drained);
  } else if (options.not_before > queues_.clock()) {
    delay(task, options.not_before);
  } else {
    task.state = stage::queued;
    queues_.push_back(task);
    ++totals_.queued;
  }
  return id;
}

void scheduler::close() {
  closed_ = true;
}

void scheduler::cancel(task_id id) {
  task_record* task = known(id);
  if (task && task->state != stage::ended) withdraw(*task, end_reason::cancelled);
}

void scheduler::cancel_queued() {
  for (std::uint32_t q = 0; q < queues_.count(); ++q) {
    const detail::task_queue& queue = queues_[static_cast<queue_id>(q)];
    while (!queue.empty()) cancel(queue.top().id);
  }
  while (const task_record* task = delays_.any()) cancel(task->id);
}

void scheduler::cancel_all() {
  cancel_queued();
  std::vector<task_id> assigned;
  tasks_.for_each([&](const task_record& task) {
    if (task.state == stage::assigned) assigned.push_back(task.id);
  });
  for (const task_id id : assigned) cancel(id);
}

void scheduler::started(worker_id worker, attempt_ref attempt, time_point now) {
  const place at = find(worker, attempt);
  queues_.advance(now);
  if (at == nowhere) return;
  detail::attempt_record& a = attempts_[at];
  if (a.abandoned || a.started) return;
  a.started = true;
  const task_record& task = *tasks_.find(attempt.task);
  delays_.begun(task);
  if (task.timeout == duration::zero()) return;
  const bool forever = now > time_point::max() - task.timeout;
  if (!forever) deadlines_.insert(at, now + task.timeout);
}

bool scheduler::succeeded(worker_id worker, attempt_ref attempt, duration took, time_point now) {
  return report(worker, attempt, true, took, now);
}

bool scheduler::failed(worker_id worker, attempt_ref attempt, duration took, time_point now) {
  return report(worker, attempt, false, took, now);
}

detail::worker_record* scheduler::take_back(worker_id worker, attempt_ref attempt, duration took) {
  const place at = find(worker, attempt);
  if (at == nowhere) {
    ++totals_.stale;
    return nullptr;
  }
  worker_record& w = workers_[attempts_[at].worker];
  const bool abandoned = attempts_[at].abandoned;
  w.totals.busy += std::max(took, duration::zero());
  release(at);
  if (abandoned) {
    ++totals_.stale;
    return nullptr;
  }
  --totals_.assigned;
  return &w;
}

bool scheduler::report(worker_id worker, attempt_ref attempt, bool success, duration took, time_point now) {
  auto* const w = take_back(worker, attempt, took);
  queues_.advance(now);
  if (w == nullptr) return false;
  credit_.learn(took);
  task_record& task = *tasks_.find(attempt.task);
  delays_.begun(task);
  if (success && settings_.how == schedule::adaptive) speeds_.learn(workers_.find(worker), took);
  ++(success ? w->totals.succeeded : w->totals.failed);
  if (success) {
    end(task, true, {});
  } else {
    retry_or_give_up(task, end_reason::failed);
  }
  return true;
}

bool scheduler::interrupted(worker_id worker, attempt_ref attempt, duration took) {
  auto* const w = take_back(worker, attempt, took);
  if (w == nullptr) return false;
  ++w->totals.returned;
  ++totals_.returned;
  task_record& task = *tasks_.find(attempt.task);
  delays_.begun(task);
  requeue(task);
  return true;
}

void scheduler::returned(worker_id worker, attempt_ref attempt) {
  const place at = find(worker, attempt);
  if (at == nowhere) {
    ++totals_.stale;
    return;
  }
  worker_record& w = workers_[attempts_[at].worker];
  w.gave = true;
  ++w.totals.returned;
  const bool abandoned = attempts_[at].abandoned;
  release(at);
  ++(abandoned ? totals_.stale : totals_.returned);
  if (abandoned) return;
  --totals_.assigned;
  requeue(*tasks_.find(attempt.task));
}

task_state scheduler::state(task_id id) const {
  const task_record* live = known(id);
  const task_record* task = live ? live : tasks_.remember(id);
  if (!task) return task_state::ended;
  const stage at = live ? live->state : stage::ended;
  if (at == stage::assigned) return attempts_[task->current].started ? task_state::started : task_state::assigned;
  if (at != stage::ended && task->retrying) return task_state::retrying;
  if (at != stage::ended) return at == stage::queued ? task_state::pending : task_state::delayed;
  if (task->success) return task_state::succeeded;
  if (task->reason == end_reason::cancelled || task->reason == end_reason::drained) return task_state::revoked;
  return task->reason == end_reason::expired ? task_state::expired : task_state::failed;
}

const worker_counts& scheduler::worker(worker_id id) const {
  return workers_[known(id)].totals;
}

}  // namespace cohort::dispatch
