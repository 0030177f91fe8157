#include <cohort/core/error.hpp>
#include <cohort/dispatch/scheduler.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace cohort::dispatch {

using detail::task_record;
using detail::task_state;
using detail::worker_record;

namespace {

constexpr auto none = detail::list_set::none;

settings checked(settings s) {
  if (s.how == schedule::trapezoid || s.how == schedule::static_block || s.how == schedule::static_cyclic ||
      s.how == schedule::adaptive) {
    throw argument_error(
        "this schedule is not for a scheduler (it cannot follow it); use automatic, factoring, guided or self");
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

scheduler::scheduler(settings how) : settings_{checked(how)}, credit_{settings_}, chunker_{settings_.how} {}

task_id scheduler::add(task_options options) {
  if (finished_)
    throw error("a task added after the end (the scheduler was closed and has finished); use a new scheduler");
  if (options.timeout < duration::zero()) {
    throw argument_error("timeout is negative (it is a length of time); pass zero for no timeout");
  }
  task_record& task = tasks_.add();
  task.timeout = options.timeout;
  task.priority = options.priority;
  task.retries = options.retries;
  task.state = task_state::queued;
  queue_.push_back(task);
  ++totals_.added;
  ++totals_.queued;
  return task.id;
}

void scheduler::close() {
  closed_ = true;
}

void scheduler::cancel(task_id id) {
  task_record* task = known(id);
  if (!task || task->state == task_state::ended) return;
  if (task->state == task_state::queued) {
    queue_.erase(*task);
    --totals_.queued;
  } else {
    abandon(*task, end_reason::cancelled);
  }
  end(*task, false, end_reason::cancelled);
}

void scheduler::cancel_queued() {
  while (!queue_.empty()) cancel(queue_.top().id);
}

void scheduler::cancel_all() {
  cancel_queued();
  std::vector<task_id> assigned;
  tasks_.for_each([&](const task_record& task) {
    if (task.state == task_state::assigned) assigned.push_back(task.id);
  });
  for (const task_id id : assigned) cancel(id);
}

void scheduler::worker_joined(worker_id id, std::uint32_t slots) {
  if (slots == 0) throw argument_error("a worker with 0 slots (it could run nothing); pass at least 1");
  place at = workers_.find(id);
  if (at == none) {
    at = workers_.add(id);
    attempts_.reach_worker(at);
    supply_.reach_element(at);
    givers_.reach(at);
  }
  worker_record& w = workers_[at];
  if (w.totals.present) {
    throw argument_error("worker " + std::to_string(id) +
                         " joined twice (it is here already); report its loss first");
  }
  w.totals.present = true;
  w.totals.draining = false;
  w.totals.slots = slots;
  w.recalled = w.gave = w.refused = false;
  slots_ += slots;
  ++totals_.workers;
  anybody_joined_ = true;
  refresh(at);
}

void scheduler::drain(worker_id id) {
  const place at = known(id);
  worker_record& w = workers_[at];
  if (!w.accepts()) return;
  w.totals.draining = true;
  slots_ -= w.totals.slots;
  --totals_.workers;
  refresh(at);
}

void scheduler::worker_lost(worker_id id) {
  const place at = known(id);
  worker_record& w = workers_[at];
  if (!w.totals.present) return;
  const bool draining = w.totals.draining;
  if (!draining) {
    drain(id);
    ++totals_.workers_lost;
  }
  std::vector<std::pair<place, bool>> held;  // and whether it ran
  for (place a = attempts_.first_of(at); a != none; a = attempts_.next(a)) {
    held.emplace_back(a, attempts_[a].started || held.size() < w.totals.slots);
  }
  w.totals.present = w.totals.draining = false;
  for (auto a = held.rbegin(); a != held.rend(); ++a) lose(a->first, a->second && !draining);  // keeps their order
  if (std::exchange(w.recalled, false)) asked_ -= w.asked;
  refresh(at);
}

void scheduler::recalled(worker_id id) {
  const place at = known(id);
  worker_record& w = workers_[at];
  if (!w.recalled) return;
  w.recalled = false;
  w.refused = !w.gave;
  asked_ -= w.asked;
  refresh(at);
}

void scheduler::started(worker_id worker, attempt_ref attempt, time_point now) {
  const place at = find(worker, attempt);
  if (at == none) return;
  detail::attempt_record& a = attempts_[at];
  if (a.abandoned || std::exchange(a.started, true)) return;
  const duration timeout = tasks_.find(attempt.task)->timeout;
  if (timeout == duration::zero()) return;
  const bool forever = now > time_point::max() - timeout;
  if (!forever) deadlines_.insert(at, now + timeout);
}

bool scheduler::succeeded(worker_id worker, attempt_ref attempt, duration took, time_point) {
  return report(worker, attempt, true, took);
}

bool scheduler::failed(worker_id worker, attempt_ref attempt, duration took, time_point) {
  return report(worker, attempt, false, took);
}

detail::worker_record* scheduler::take_back(worker_id worker, attempt_ref attempt, duration took) {
  const place at = find(worker, attempt);
  if (at == none) {
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

bool scheduler::report(worker_id worker, attempt_ref attempt, bool success, duration took) {
  auto* const w = take_back(worker, attempt, took);
  if (w == nullptr) return false;
  credit_.learn(took);
  task_record& task = *tasks_.find(attempt.task);
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
  requeue(*tasks_.find(attempt.task));
  return true;
}

void scheduler::returned(worker_id worker, attempt_ref attempt) {
  const place at = find(worker, attempt);
  if (at == none) {
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

void scheduler::tick(time_point now) {
  while (!deadlines_.empty() && deadlines_.earliest() <= now) {
    const detail::attempt_record& late = attempts_[deadlines_.first()];
    ++workers_[late.worker].totals.timed_out;
    task_record& task = *tasks_.find(late.ref.task);
    abandon(task, end_reason::timed_out);
    retry_or_give_up(task, end_reason::timed_out);
  }
}

std::optional<time_point> scheduler::deadline() const {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.earliest();
}

const worker_counts& scheduler::worker(worker_id id) const {
  return workers_[known(id)].totals;
}

}  // namespace cohort::dispatch
