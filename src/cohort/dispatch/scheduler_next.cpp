#include <cohort/dispatch/scheduler.hpp>

#include <algorithm>
#include <utility>

// What the owner does next.
namespace cohort::dispatch {

using detail::task_record;
using detail::worker_record;

namespace {
constexpr auto none = detail::list_set::none;
}  // namespace

std::optional<action> scheduler::next() {
  if (!outbox_.empty()) return outbox_.pop();
  if (finished_) return std::nullopt;
  if (auto a = next_assign()) return a;
  if (auto a = next_recall()) return a;
  return next_state();
}

std::optional<action> scheduler::next_assign() {
  while (!queue_.empty()) {
    const place at = pick();
    if (at == none) break;
    const std::uint64_t most = portion(workers_[at]);
    if (most > 0) return give(at, most);
    supply_.erase(at);  // its credit has shrunk since; its next report brings it back
  }
  return std::nullopt;
}

/// The first idle worker, else the first hungry one; the second in line if the task to come failed at the first.
scheduler::place scheduler::pick() const {
  const place first = supply_.front(supply_.empty(idle) ? hungry : idle);
  return first != none && better_elsewhere(queue_.top(), first) ? supply_.next(first) : first;
}

/// It failed at this worker, and the next one in line is as ready. Looks at one worker only.
bool scheduler::better_elsewhere(const task_record& task, place worker) const {
  return task.avoid == worker && supply_.next(worker) != none;
}

/// How many of the queued tasks the worker should get now: what its free slots need and what it may keep.
std::uint64_t scheduler::portion(const worker_record& w) {
  const std::uint64_t queued = queue_.size();
  const std::uint64_t free = w.free();
  const std::uint64_t waiting = w.waiting();
  const std::uint64_t chunk = chunker_.size(queued, w.totals.slots, slots_);
  std::uint64_t limit = w.recalled ? 0 : credit_.limit(w.totals.slots);
  if (settings_.how != schedule::self) limit = std::min(limit, chunk);
  const std::uint64_t message = credit_.message(static_cast<std::uint32_t>(limit));
  std::uint64_t keep = 0;
  if (limit > 0) keep = free > 0 ? message - std::min(message, free) : waiting + message <= limit ? message : 0;
  keep = std::min(keep, queued - std::min(queued, free_slots_));  // idle workers come first
  return std::min({free + keep, chunk, queued, std::uint64_t{settings_.max_batch}});
}

assign scheduler::give(place at, std::uint64_t most) {
  worker_record& w = workers_[at];
  assign result{w.id, {}};
  result.attempts.reserve(most);
  while (result.attempts.size() < most) {
    task_record& task = queue_.top();
    if (!result.attempts.empty() && better_elsewhere(task, at)) break;
    queue_.erase(task);
    task.state = detail::stage::assigned;
    task.worker = w.id;
    ++task.attempts;
    result.attempts.push_back({task.id, task.attempt()});
    task.current = attempts_.add(at, result.attempts.back());
  }
  const auto given = static_cast<std::uint32_t>(result.attempts.size());
  chunker_.took(given);
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

/// Nothing is queued and somebody is idle: the worker that holds most gives its part, as if what waits there and
/// the slots that are free were shared out anew.
std::optional<action> scheduler::next_recall() {
  if (!queue_.empty() || free_slots_ <= asked_) return std::nullopt;
  const place at = givers_.top();
  if (at == none) return std::nullopt;
  worker_record& w = workers_[at];
  const std::uint64_t takers = std::min<std::uint64_t>(free_slots_ - asked_, none);
  const std::uint64_t part = detail::ceil_div(w.waiting() * takers, takers + w.totals.slots);
  w.asked = static_cast<std::uint32_t>(std::max<std::uint64_t>(part, 1));
  w.recalled = true;
  w.gave = false;
  asked_ += w.asked;
  ++totals_.recalls;
  refresh(at);
  return recall{w.id, w.asked};
}

std::optional<action> scheduler::next_state() {
  if (closed_ && totals_.unfinished() == 0) {
    finished_ = true;
    return finished{};
  }
  const bool stuck = anybody_joined_ && totals_.workers == 0 && totals_.assigned == 0 && totals_.unfinished() > 0;
  if (std::exchange(stalled_, stuck) || !stuck) return std::nullopt;
  return stalled{totals_.unfinished()};
}

}  // namespace cohort::dispatch
