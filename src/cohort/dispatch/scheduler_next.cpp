#include <cohort/dispatch/scheduler.hpp>

#include <algorithm>
#include <utility>

// What the owner does next.
namespace cohort::dispatch {

using detail::nowhere;
using detail::task_record;
using detail::worker_record;

std::optional<action> scheduler::next() {
  if (!outbox_.empty()) return outbox_.pop();
  if (finished_) return std::nullopt;
  if (auto a = next_assign()) return a;
  if (auto a = next_recall()) return a;
  return next_state();
}

std::optional<action> scheduler::next_assign() {
  while (!queues_.ready().empty()) {
    const place at = pick();
    if (at == nowhere) break;
    const std::uint64_t most = portion(workers_[at]);
    if (most > 0) return give(at, most);
    supply_.erase(at);  // its credit has shrunk since; its next report brings it back
  }
  return std::nullopt;
}

/// The first idle worker that serves something, else the first hungry one.
scheduler::place scheduler::pick() const {
  const place first = pick(idle, queues_.ready());
  return first != nowhere ? first : pick(hungry, queues_.stock());
}

/// The first such worker; the second in line if the task to come failed at the first.
scheduler::place scheduler::pick(supply_list kind, const detail::queue_set& queues) const {
  place first = nowhere;
  for (std::uint32_t p = 0; p < pools_.size(); ++p) {
    const place candidate = supply_.front(list_of(p, kind));
    if (candidate == nowhere || !detail::any_served(queues, pools_[p].queues)) continue;
    if (first == nowhere || workers_[candidate].turn < workers_[first].turn) first = candidate;
  }
  if (first == nowhere) return nowhere;
  const queue_id next = queues_.best(queues, pools_[workers_[first].pool].queues);
  return better_elsewhere(queues_[next].top(), first) ? supply_.next(first) : first;
}

/// It failed at this worker, and the next one in line is as ready. Looks at one worker only.
bool scheduler::better_elsewhere(const task_record& task, place worker) const {
  return task.avoid == worker && supply_.next(worker) != nowhere;
}

/// How many of the tasks it serves the worker should get now at most: what its free slots need and what it may
/// keep.
std::uint64_t scheduler::portion(const worker_record& w) {
  detail::pool& pool = pools_[w.pool];
  const std::uint64_t free = w.free();
  const std::uint64_t waiting = w.waiting();
  const detail::queue_set& queues = free > 0 ? queues_.ready() : queues_.stock();
  const std::uint64_t queued = queues_.size(queues, pool.queues);
  const double slots = strength(w);
  const std::uint64_t chunk = pool.portions.size(queued, slots, pools_.rival_slots(w.pool, queues));
  std::uint64_t limit = w.recalled ? 0 : credit_.limit(slots);
  if (settings_.how != schedule::self) limit = std::min(limit, chunk);
  const std::uint64_t message = credit_.message(static_cast<std::uint32_t>(limit));
  std::uint64_t keep = 0;
  if (limit > 0) keep = free > 0 ? message - std::min(message, free) : waiting + message <= limit ? message : 0;
  if (!queues_.limited().empty()) keep = std::min(keep, queues_.size(queues_.stock(), pool.queues));
  return std::min({free + keep, chunk, queued, std::uint64_t{settings_.max_batch}});
}

assign scheduler::give(place at, std::uint64_t most) {
  worker_record& w = workers_[at];
  detail::pool& pool = pools_[w.pool];
  const std::uint64_t free = w.free();
  assign result{w.id, {}};
  result.attempts.reserve(most);
  std::uint64_t others = 0;           // free slots elsewhere ...
  std::uint32_t others_of = nowhere;  // ... for tasks of this queue
  while (result.attempts.size() < most) {
    const bool waits = result.attempts.size() >= free;
    const detail::queue_set& queues = waits ? queues_.stock() : queues_.ready();
    if (!detail::any_served(queues, pool.queues)) break;
    task_record& task = queues_[queues_.best(queues, pool.queues)].top();
    if (!result.attempts.empty() && better_elsewhere(task, at)) break;
    if (waits) {  // idle workers come first
      if (others_of != task.queue) others = pools_.free_for(task.queue) - free;
      others_of = task.queue;
      if (queues_.size(task.queue) <= others) break;
    }
    queues_.take(task);
    task.state = detail::stage::assigned;
    task.worker = w.id;
    ++task.attempts;
    result.attempts.push_back({task.id, task.attempt()});
    task.current = attempts_.add(at, result.attempts.back(), task.queue);
    reserves_.added(attempts_, task.current, waits);
  }
  const auto given = static_cast<std::uint32_t>(result.attempts.size());
  pool.portions.took(given);
  w.totals.assigned += given;
  w.refused = false;
  totals_.queued -= given;
  totals_.assigned += given;
  totals_.attempts += given;
  ++totals_.assigns;
  supply_.erase(at);  // to the end of its list, if it still belongs there
  refresh(at);
  return result;
}

/// Somebody is idle though all that could begin has been assigned: who holds most that the idle serve gives back.
std::optional<action> scheduler::next_recall() {
  if (reserves_.offered().empty()) return std::nullopt;
  for (std::uint32_t p = 0; p < pools_.size(); ++p) {
    if (pools_[p].free <= pools_[p].asked) continue;
    place giver = nowhere;
    std::uint32_t most = 0;
    detail::for_each_served(reserves_.offered(), pools_[p].queues, [&](queue_id q) {
      const std::uint32_t held = helps(p, q) ? reserves_.waiting(reserves_.top(q), q) : 0;
      if (held <= most) return;
      giver = reserves_.top(q);
      most = held;
    });
    if (giver != nowhere) return ask(giver, p);
  }
  return std::nullopt;
}

/// Could the idle of this pool begin tasks of this queue? With a limited rate they would only wait again.
bool scheduler::helps(std::uint32_t pool, queue_id q) const {
  return pools_[pool].queues.contains(q) && !queues_.limited().contains(q);
}

/// For the worker's part, as if what waits there and the slots that are free were shared out anew. Workers give
/// back what came last; if that does not help, it must be more.
recall scheduler::ask(place giver, std::uint32_t p) {
  worker_record& w = workers_[giver];
  std::uint32_t helpful = 0;
  detail::for_each_served(reserves_.offered(), pools_[p].queues,
                          [&](queue_id q) { helpful += helps(p, q) ? reserves_.waiting(giver, q) : 0; });
  const std::uint64_t takers = std::min<std::uint64_t>(pools_[p].free - pools_[p].asked, nowhere);
  const std::uint64_t part = detail::ceil_div(helpful * takers, takers + w.totals.slots);
  w.asked = static_cast<std::uint32_t>(std::max<std::uint64_t>(part, 1));
  w.asked_for = p;
  w.recalled = true;
  w.gave = false;
  pools_[p].asked += w.asked;
  ++totals_.recalls;
  const bool all_help = helpful == w.waiting();
  const std::uint32_t most =
      all_help ? w.asked : reserves_.depth(attempts_, giver, w.asked, [&](queue_id q) { return helps(p, q); });
  refresh(giver);
  return recall{w.id, most};
}

/// Does any task run, or will one be able to?
bool scheduler::can_progress() const {
  if (totals_.assigned > 0) return true;
  for (std::uint32_t p = 0; p < pools_.size(); ++p) {
    if (pools_[p].slots > 0 && detail::any_served(queues_.holding(), pools_[p].queues)) return true;
  }
  return false;
}

std::optional<action> scheduler::next_state() {
  if (closed_ && totals_.unfinished() == 0) {
    finished_ = true;
    return finished{};
  }
  const bool stuck = anybody_joined_ && totals_.unfinished() > 0 && !can_progress();
  if (std::exchange(stalled_, stuck) || !stuck) return std::nullopt;
  return stalled{totals_.unfinished()};
}

}  // namespace cohort::dispatch
