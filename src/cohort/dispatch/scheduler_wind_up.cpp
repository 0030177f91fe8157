#include <cohort/dispatch/scheduler.hpp>

#include <vector>

// How a run ends before its tasks have.
namespace cohort::dispatch {

using detail::stage;
using detail::task_record;

void scheduler::wind_up() {
  if (winding_up_) return;
  winding_up_ = true;
  std::vector<task_id> waiting;
  tasks_.for_each([&](const task_record& task) {
    const bool waits = task.state == stage::queued || task.state == stage::delayed;
    if (waits && !task.part) waiting.push_back(task.id);
  });
  for (const task_id id : waiting) withdraw(*tasks_.find(id), end_reason::drained);
  for (place at = 0; at != workers_.size(); ++at) {
    detail::worker_record& w = workers_[at];
    if (!w.totals.present || w.totals.assigned == 0) continue;
    outbox_.push(recall{w.id, recall::everything});
    ++totals_.recalls;
    if (w.recalled) continue;  // its first answer is as good
    w.recalled = true;
    w.gave = false;
    w.asked = 0;
    w.asked_for = w.pool;
    refresh(at);
  }
}

void scheduler::stop_running() {
  wind_up();
  stopped_ = true;
  std::vector<task_id> running;
  tasks_.for_each([&](const task_record& task) {
    if (task.state != stage::ended) running.push_back(task.id);
  });
  for (const task_id id : running) withdraw(*tasks_.find(id), end_reason::drained);
}

}  // namespace cohort::dispatch
