#include <cohort/core/error.hpp>
#include <cohort/dispatch/scheduler.hpp>

#include <string>
#include <utility>
#include <vector>

// Workers come, change and go.
namespace cohort::dispatch {

using detail::nowhere;

void scheduler::worker_joined(worker_id id, std::uint32_t slots) {
  if (slots == 0) throw argument_error("a worker with 0 slots (it could run nothing); pass at least 1");
  place at = workers_.find(id);
  if (at == nowhere) {
    at = workers_.add(id);
    attempts_.reach_worker(at);
    supply_.reach_element(at);
    reserves_.reach(at);
  }
  detail::worker_record& w = workers_[at];
  if (w.totals.present) {
    throw argument_error("worker " + std::to_string(id) +
                         " joined twice (it is here already); report its loss first");
  }
  w.totals.present = true;
  w.totals.draining = false;
  w.totals.slots = slots;
  w.recalled = w.gave = w.refused = false;
  w.pool = 0;
  ++totals_.workers;
  anybody_joined_ = true;
  refresh(at);
}

void scheduler::resize(worker_id id, std::uint32_t slots) {
  if (slots == 0)
    throw argument_error("a worker with 0 slots (it could run nothing); pass at least 1, or drain it");
  const place at = known(id);
  detail::worker_record& w = workers_[at];
  if (!w.totals.present) return;
  const std::uint32_t waiting = w.waiting();
  w.totals.slots = slots;
  reserves_.resize(attempts_, at, waiting, w.waiting());
  refresh(at);
}

void scheduler::serve(worker_id id, std::span<const queue_id> queues) {
  if (queues.empty()) {
    throw argument_error("worker " + std::to_string(id) +
                         " is to serve no queues (it could get nothing); name at least one, or drain it");
  }
  detail::queue_set some;
  for (const queue_id q : queues) some.set(q, true);
  serve(id, detail::served_queues{std::move(some)});
}

void scheduler::serve_all(worker_id id) {
  serve(id, detail::served_queues{});
}

void scheduler::serve(worker_id id, const detail::served_queues& queues) {
  const place at = known(id);
  detail::worker_record& w = workers_[at];
  if (!w.totals.present) return;
  w.pool = pools_.find_or_add(queues);
  supply_.reach_list(list_of(w.pool, hungry));
  refresh(at);
}

void scheduler::drain(worker_id id) {
  const place at = known(id);
  detail::worker_record& w = workers_[at];
  if (!w.accepts()) return;
  w.totals.draining = true;
  --totals_.workers;
  refresh(at);
}

void scheduler::worker_lost(worker_id id) {
  const place at = known(id);
  detail::worker_record& w = workers_[at];
  if (!w.totals.present) return;
  const bool draining = w.totals.draining;
  if (!draining) {
    drain(id);
    ++totals_.workers_lost;
  }
  std::vector<std::pair<place, bool>> held;  // and whether it ran
  for (place a = attempts_.first_of(at); a != nowhere; a = attempts_.next(a)) {
    const detail::attempt_record& one = attempts_[a];
    held.emplace_back(a, one.started || (held.size() < w.totals.slots && !one.doubtful));
  }
  w.totals.present = w.totals.draining = false;
  for (auto a = held.rbegin(); a != held.rend(); ++a) lose(a->first, a->second && !draining);  // keeps their order
  if (std::exchange(w.recalled, false)) pools_[w.asked_for].asked -= w.asked;
  refresh(at);
}

void scheduler::doubt(worker_id worker, attempt_ref attempt) {
  const place at = find(worker, attempt);
  if (at != nowhere) attempts_[at].doubtful = true;
}

void scheduler::recalled(worker_id id) {
  const place at = known(id);
  detail::worker_record& w = workers_[at];
  if (!w.recalled) return;
  w.recalled = false;
  w.refused = !w.gave;
  pools_[w.asked_for].asked -= w.asked;
  refresh(at);
}

}  // namespace cohort::dispatch
