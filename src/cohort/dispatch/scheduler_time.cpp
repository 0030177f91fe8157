#include <cohort/core/error.hpp>
#include <cohort/dispatch/scheduler.hpp>

#include <cmath>

// What the passing of time does.
namespace cohort::dispatch {

using detail::stage;
using detail::task_record;

void scheduler::tick(time_point now) {
  queues_.advance(now);
  while (!deadlines_.empty() && deadlines_.earliest() <= queues_.clock()) {
    const detail::attempt_record& late = attempts_[deadlines_.first()];
    ++workers_[late.worker].totals.timed_out;
    task_record& task = *tasks_.find(late.ref.task);
    abandon(task, end_reason::timed_out);
    retry_or_give_up(task, end_reason::timed_out);
  }
  while (task_record* task = delays_.expired(queues_.clock())) withdraw(*task, end_reason::expired);
  while (task_record* task = delays_.due(queues_.clock())) wake(*task);
}

std::optional<time_point> scheduler::deadline() const {
  std::optional<time_point> first = delays_.next();
  if (!deadlines_.empty() && (!first || deadlines_.earliest() < *first)) first = deadlines_.earliest();
  if (const auto token = queues_.next_token(); token && (!first || *token < *first)) first = token;
  return first;
}

void scheduler::limit_rate(queue_id queue, double per_second, std::uint32_t burst) {
  if (!(per_second > 0)) {
    throw argument_error(
        "the rate is not positive (no task of the queue could ever begin); pass tasks per second, or infinity for "
        "no "
        "limit");
  }
  if (burst == 0) throw argument_error("burst is 0 (no task of the queue could ever begin); pass at least 1");
  queues_.reach(queue);
  if (std::isinf(per_second)) {
    queues_.unlimit(queue);
  } else {
    queues_.limit(queue, per_second, burst);
  }
}

/// The task waits, at no worker.
void scheduler::delay(task_record& task, time_point until) {
  task.state = stage::delayed;
  delays_.wait(task, until);
  queues_.delay(task.queue);
  ++totals_.delayed;
}

/// It has waited long enough: behind the others if it is new, before them if it was there already.
void scheduler::wake(task_record& task) {
  delays_.wake(task);
  queues_.undelay(task.queue);
  --totals_.delayed;
  if (task.attempts > 0) return requeue(task);
  task.state = stage::queued;
  queues_.push_back(task);
  ++totals_.queued;
}

}  // namespace cohort::dispatch
