#include <cohort/core/error.hpp>
#include <cohort/dispatch/scheduler.hpp>

#include <string>
#include <vector>

namespace cohort::dispatch {

using detail::nowhere;
using detail::stage;
using detail::task_record;
using detail::worker_record;

namespace {

void require(bool holds, const char* what) {
  if (!holds) {
    throw error("the scheduler contradicts itself (" + std::string(what) + "); please report this as a bug");
  }
}

}  // namespace

void scheduler::check() const {
  std::uint64_t queued = 0;
  std::uint64_t delayed = 0;
  std::uint64_t timed_tasks = 0;
  std::uint64_t expiring = 0;
  std::uint64_t assigned = 0;
  std::uint64_t ended = 0;
  tasks_.for_each([&](const task_record& t) {
    require(tasks_.find(t.id) == &t, "a task is not where its id says");
    queued += t.state == stage::queued ? 1 : 0;
    ended += t.state == stage::ended ? 1 : 0;
    delayed += t.state == stage::delayed ? 1 : 0;
    timed_tasks += t.times != task_record::none ? 1 : 0;
    expiring += delays_.expires(t) ? 1 : 0;
    require(delays_.belongs(t), "a task's times are another's");
    require(delays_.waits(t) == (t.state == stage::delayed), "a task that waits is forgotten, or wakes too often");
    require(t.state != stage::ended || t.times == task_record::none, "a task that ended has times");
    if (t.state != stage::assigned) return;
    ++assigned;
    const detail::attempt_record& a = attempts_[t.current];
    require(a.ref.task == t.id && a.ref.attempt == t.attempt() && !a.abandoned, "a task's attempt is another's");
    require(workers_[a.worker].id == t.worker, "a task and its attempt name different workers");
  });
  const counts& n = totals_;
  require(queued == n.queued && delayed == n.delayed && assigned == n.assigned, "tasks miscounted");
  require(n.added ==
              n.unfinished() + n.succeeded + n.failed + n.timed_out + n.cancelled + n.lost + n.expired + n.drained,
          "a task is missing");
  require(n.added == tasks_.next_id(), "additions miscounted");
  require(settings_.ordered || ended == 0, "an ended task was not told");
  if (settings_.ordered && told_ < tasks_.next_id()) {
    const task_record* first = tasks_.find(told_);
    require(first && first->state != stage::ended, "the first task is not told though it ended");
  }

  require(delays_.size() == timed_tasks && delays_.waiting() == delayed && delays_.expiring() == expiring,
          "tasks with times miscounted");
  require(delays_.valid(), "the delays are out of order");

  std::uint64_t in_queue = 0;
  const task_record* before = nullptr;
  queues_.for_each([&](const task_record& t) {
    require(t.state == stage::queued, "a task in the queue is not queued");
    require(!before || before->queue != t.queue || before->priority >= t.priority,
            "a queue is not sorted by priority");
    require(!before || before->queue <= t.queue, "a task is in another queue");
    require(!t.links.prev || t.links.prev->links.next == &t, "the queue's links disagree");
    before = &t;
    ++in_queue;
  });
  require(in_queue == n.queued, "the queues' size is wrong");
  require(queues_.valid(), "the queues that have something to give miscounted");

  std::uint64_t held = 0;
  std::uint64_t abandoned = 0;
  std::uint64_t timed = 0;
  struct sums {
    std::uint64_t members = 0, slots = 0, free = 0, asked = 0;
  };
  std::vector<sums> of_pool(pools_.size());
  std::uint64_t accepting = 0;
  for (place at = 0; at < workers_.size(); ++at) {
    const worker_record& w = workers_[at];
    require(workers_.find(w.id) == at, "a worker is not where its id says");
    std::uint64_t here = 0;
    for (place a = attempts_.first_of(at); a != nowhere; a = attempts_.next(a)) {
      require(attempts_[a].worker == at, "an attempt is in another worker's list");
      abandoned += attempts_[a].abandoned ? 1 : 0;
      require(!attempts_[a].abandoned || attempts_.find_abandoned(attempts_[a].ref) == a,
              "an abandoned attempt is lost");
      require(!attempts_[a].abandoned || !deadlines_.contains(a), "an abandoned attempt has a deadline");
      timed += deadlines_.contains(a) ? 1 : 0;
      ++here;
    }
    require(here == w.totals.assigned, "a worker's attempts miscounted");
    require(w.totals.present || here == 0, "a lost worker holds attempts");
    require(w.totals.present || !w.recalled, "a lost worker is asked to give back");
    held += here;
    if (w.recalled) of_pool[w.asked_for].asked += w.asked;
    sums& pool = of_pool[w.pool];
    pool.members += w.totals.present ? 1 : 0;
    if (w.accepts()) {
      ++accepting;
      pool.slots += w.totals.slots;
      pool.free += w.free();
    }
    const bool is_idle = w.accepts() && w.free() > 0;
    require((supply_.list_of(at) == list_of(w.pool, idle)) == is_idle,
            "an idle worker is forgotten, or a busy one called idle");
    require(supply_.list_of(at) == nowhere || supply_.list_of(at) / 2 == w.pool,
            "a worker is in another pool's list");
    require(supply_.list_of(at) == nowhere || w.accepts(), "a worker that leaves is called hungry");
    const bool gives = w.totals.present && !w.recalled && !w.refused;
    require(reserves_.valid(attempts_, at, w.totals.slots, gives), "a worker's unstarted attempts miscounted");
  }
  require(held == attempts_.size() && abandoned == attempts_.abandoned(), "attempts miscounted");
  require(held == assigned + abandoned, "an attempt belongs to no task");
  require(timed == deadlines_.size() && deadlines_.valid(), "the deadlines are out of order");
  require(accepting == n.workers, "the workers miscounted");
  for (std::uint32_t p = 0; p < pools_.size(); ++p) {
    require(of_pool[p].members == pools_[p].members && of_pool[p].slots == pools_[p].slots &&
                of_pool[p].free == pools_[p].free,
            "the workers' slots miscounted");
    require(of_pool[p].asked == pools_[p].asked, "the recalls miscounted");
  }
}

}  // namespace cohort::dispatch
