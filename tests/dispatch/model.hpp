#pragma once

#include <cohort/dispatch/scheduler.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// A slow and simple second implementation of the scheduler's rules, which is told every event and every action and
/// throws as soon as they disagree.
namespace cohort::dispatch::testing {

inline void demand(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error(what);
}

struct held_attempt {
  attempt_ref ref;
  bool abandoned = false;
  bool started = false;
  std::optional<time_point> deadline = {};
  bool doubtful = false;
};

struct model_worker {
  bool present = false, draining = false;
  std::uint32_t slots = 0;
  std::vector<held_attempt> held;
  bool recalled = false, gave = false, refused = false;
  std::uint32_t asked = 0;
  std::optional<std::set<queue_id>> queues;  ///< that it serves; nothing: all

  [[nodiscard]] bool serves(queue_id q) const { return !queues || queues->contains(q); }

  [[nodiscard]] bool accepts() const { return present && !draining; }
  [[nodiscard]] bool idle() const { return accepts() && held.size() < slots; }
  [[nodiscard]] std::size_t waiting() const { return held.size() - std::min<std::size_t>(slots, held.size()); }
  held_attempt* find(attempt_ref r) {
    for (held_attempt& h : held) {
      if (h.ref.task == r.task && h.ref.attempt == r.attempt) return &h;
    }
    return nullptr;
  }
  void erase(attempt_ref r) {
    std::erase_if(held, [&](const held_attempt& h) { return h.ref.task == r.task && h.ref.attempt == r.attempt; });
  }
};

enum class where : std::uint8_t { queued, delayed, assigned, ended, told };

struct model_task {
  task_options options;
  where state = where::queued;
  std::uint32_t attempts = 0, burned = 0, losses = 0;
  bool success = false;
  end_reason reason = end_reason::failed;
  std::optional<end_reason> retry_due;
  bool begun = false;
  time_point moment = time_point::min();  ///< delayed: until then

  [[nodiscard]] bool may_expire() const {
    return options.expires != time_point::max() && !begun && state != where::ended && state != where::told;
  }
};

/// Tokens, counted in the time that it takes them to come.
struct model_bucket {
  duration interval{1};
  std::uint32_t burst = 1;
  duration level{0};
  time_point since = time_point::min();  ///< the level's moment

  model_bucket(double per_second, std::uint32_t most)
      : interval{static_cast<std::int64_t>(std::ceil(1e9 / per_second))}, burst{most}, level{interval * burst} {}

  void refill(time_point now) {
    if (since == time_point::min()) since = now;
    level = std::min(interval * burst, level + (now - since));
    since = now;
  }
  [[nodiscard]] bool has_token() const { return since != time_point::min() && level >= interval; }
  [[nodiscard]] time_point next() const {
    return since == time_point::min() ? since + duration{1} : since + (interval - level);
  }
};

class model {
 public:
  explicit model(settings s) : settings_{s} {}

  std::map<worker_id, model_worker> workers;
  std::vector<model_task> tasks;
  bool closed = false;
  bool winding_up = false;
  bool stopped = false;
  std::uint64_t unfinished = 0;

  void add(task_id id, task_options o) {
    demand(id == tasks.size(), "task ids are not consecutive");
    tasks.emplace_back().options = o;
    ++unfinished;
    if (o.expires != time_point::max() || o.not_before != time_point::min()) timed_.insert(id);
    if (o.expires <= clock_) {
      end(id, false, end_reason::expired);
    } else if (over(id)) {
      end(id, false, end_reason::drained);
    } else if (o.not_before > clock_) {
      delay(id, o.not_before);
    } else {
      waiting_[o.queue].insert(id, o.priority);
      if (o.not_before == time_point::min()) waiting_[o.queue].fresh[o.priority].insert(id);
    }
  }

  /// What succeeded() and failed() must return.
  bool report(worker_id w, attempt_ref ref, bool success, time_point now) {
    advance(now);
    model_worker& from = workers.at(w);
    const held_attempt* h = from.find(ref);
    if (!h) return false;
    const bool counts = !h->abandoned;
    from.erase(ref);
    if (counts) tasks[ref.task].begun = true;
    if (counts && success) end(ref.task, true, {});
    if (counts && !success) burn(ref.task, end_reason::failed);
    return counts;
  }

  void started(worker_id w, attempt_ref ref, time_point now) {
    advance(now);
    held_attempt* h = workers.at(w).find(ref);
    if (!h || h->abandoned || h->started) return;
    h->started = true;
    tasks[ref.task].begun = true;
    const duration timeout = tasks[ref.task].options.timeout;
    if (timeout.count() > 0) h->deadline = now + timeout;
  }

  void returned(worker_id w, attempt_ref ref) {
    model_worker& from = workers.at(w);
    const held_attempt* h = from.find(ref);
    if (!h) return;
    from.gave = true;
    const bool counts = !h->abandoned;
    from.erase(ref);
    if (counts) queue(ref.task);
  }

  /// What interrupted() must return.
  bool interrupted(worker_id w, attempt_ref ref) {
    model_worker& from = workers.at(w);
    const held_attempt* h = from.find(ref);
    if (!h) return false;
    const bool counts = !h->abandoned;
    from.erase(ref);
    if (counts) tasks[ref.task].begun = true;
    if (counts) queue(ref.task);
    return counts;
  }

  void recalled(worker_id w) {
    model_worker& from = workers.at(w);
    if (from.recalled) from.refused = !from.gave;
    from.recalled = false;
  }

  void lost(worker_id w) {
    model_worker& gone = workers.at(w);
    if (!gone.present) return;
    const model_worker old = gone;
    gone = {};
    for (std::size_t i = 0; i < old.held.size(); ++i) {
      const held_attempt& h = old.held[i];
      if (h.abandoned) continue;
      model_task& t = tasks[h.ref.task];
      const bool ran = (h.started || (i < old.slots && !h.doubtful)) && !old.draining;
      if (ran && ++t.losses == settings_.max_losses) {
        end(h.ref.task, false, end_reason::lost);
      } else {
        if (ran && !over(h.ref.task)) t.retry_due = end_reason::lost;
        queue(h.ref.task);
      }
    }
  }

  void cancel(task_id id) { withdraw(id, end_reason::cancelled); }

  void wind_up(bool stop) {
    winding_up = true;
    stopped = stopped || stop;
    for (task_id id = 0; id != tasks.size(); ++id) {
      const auto state = tasks[id].state;
      const bool waits = state == where::queued || state == where::delayed;
      if (stop || (waits && over(id))) withdraw(id, end_reason::drained);
    }
  }

  void tick(time_point now) {
    advance(now);
    for (auto& [id, w] : workers) {
      for (held_attempt& h : w.held) {
        if (!h.deadline || *h.deadline > now) continue;
        abandon(h.ref.task);
        burn(h.ref.task, end_reason::timed_out);
      }
    }
    const std::set<task_id> timed = timed_;
    for (const task_id id : timed) {
      if (tasks[id].may_expire() && tasks[id].options.expires <= clock_) withdraw(id, end_reason::expired);
      if (tasks[id].state == where::delayed && tasks[id].moment <= clock_) queue(id);
    }
  }

  [[nodiscard]] std::optional<time_point> deadline() {
    std::optional<time_point> first;
    for (const auto& [id, w] : workers) {
      for (const held_attempt& h : w.held) {
        if (h.deadline && (!first || *h.deadline < *first)) first = h.deadline;
      }
    }
    for (const task_id id : timed_) {
      const model_task& t = tasks[id];
      if (t.may_expire() && (!first || t.options.expires < *first)) first = t.options.expires;
      if (t.state == where::delayed && (!first || t.moment < *first)) first = t.moment;
    }
    for (const auto& [q, b] : buckets_) {
      if (!waiting_[q].empty() && !b.has_token() && (!first || b.next() < *first)) first = b.next();
    }
    return first;
  }

  void limit(queue_id q, double per_second, std::uint32_t burst) {
    const auto old = buckets_.find(q);
    model_bucket fresh{per_second, burst};
    fresh.since = clock_;
    if (old != buckets_.end() && clock_ != time_point::min()) {
      const model_bucket& b = old->second;
      const double missing =
          static_cast<double>((b.interval * b.burst - b.level).count()) / static_cast<double>(b.interval.count());
      fresh.level -= duration{static_cast<std::int64_t>(
          std::ceil(std::min(missing, 1.0 * burst) * static_cast<double>(fresh.interval.count())))};
    }
    buckets_.insert_or_assign(q, fresh);
  }
  void unlimit(queue_id q) { buckets_.erase(q); }

  void operator()(const assign& a) {
    model_worker& w = workers.at(a.worker);
    demand(w.accepts(), "assigned to a worker that does not accept");
    demand(!a.attempts.empty(), "empty assign");
    demand(a.attempts.size() <= settings_.max_batch, "assign over max_batch");
    demand(settings_.how != schedule::self || a.attempts.size() == 1, "self-scheduling of more than one");
    const std::size_t kept =
        w.held.size() + a.attempts.size() - std::min(w.held.size() + a.attempts.size(), std::size_t{w.slots});
    demand(settings_.prefetch == automatic || kept <= settings_.prefetch, "more than the prefetch");
    const std::size_t had = w.held.size();
    for (const attempt_ref ref : a.attempts) {
      const bool reserve = w.held.size() >= w.slots;
      model_task& t = tasks.at(ref.task);
      demand(t.state == where::queued, "assigned a task that is not queued");
      demand(t.options.not_before <= clock_ && t.moment <= clock_, "assigned a task before its moment");
      demand(ref.attempt == t.attempts++, "attempt numbers are not consecutive");
      demand(w.serves(t.options.queue), "assigned to a worker that does not serve the queue");
      if (const auto bucket = buckets_.find(t.options.queue); bucket != buckets_.end()) {
        demand(!reserve, "a task of a queue with a limited rate waits at a worker");
        demand(bucket->second.has_token(), "assigned above the rate");
      }
      for (const auto& [q, others] : waiting_) {
        if (!w.serves(q) || others.empty() || !may_begin(q) || (reserve && buckets_.contains(q))) continue;
        demand(t.options.priority >= others.greatest(), "a greater priority was waiting");
        demand(ref.attempt > 0 || ref.task <= others.first_fresh(t.options.priority),
               "an earlier task was waiting");
      }
      demand(!t.retry_due, "the retry was not announced before the assign");
      waiting_[t.options.queue].erase(ref.task, t.options.priority);
      if (const auto bucket = buckets_.find(t.options.queue); bucket != buckets_.end()) {
        bucket->second.level -= bucket->second.interval;
      }
      t.state = where::assigned;
      w.held.push_back({ref, false, false, {}});
      if (!reserve) continue;
      std::size_t free = 0;
      for (const auto& [id, other] : workers) {
        free += other.idle() && other.serves(t.options.queue) ? other.slots - other.held.size() : 0;
      }
      demand(free <= waiting_[t.options.queue].size(),
             "a worker's reserve was filled with what others are idle for");
    }
    demand(w.held.size() == had + a.attempts.size(), "an attempt twice");
    w.refused = false;
  }

  void operator()(const deliver& d) {
    demand(tasks.at(d.task).success, "delivered a task that did not succeed");
    tell(d.task, d.attempt);
  }

  void operator()(const give_up& g) {
    demand(!tasks.at(g.task).success, "gave up a task that succeeded");
    demand(tasks[g.task].reason == g.reason, "gave up for the wrong reason");
    tell(g.task, g.attempt);
  }

  void operator()(const retry& r) {
    model_task& t = tasks.at(r.task);
    demand(t.retry_due == r.reason, "a retry nobody expected");
    demand(r.attempt + 1 == t.attempts, "retry of an old attempt");
    t.retry_due.reset();
  }

  void operator()(const stop& s) {
    for (auto i = stops_.begin(); i != stops_.end(); ++i) {
      if (i->task != s.attempt.task || i->attempt != s.attempt.attempt) continue;
      stops_.erase(i);
      return;
    }
    demand(false, "a stop nobody expected");
  }

  void operator()(const recall& r) {
    model_worker& w = workers.at(r.worker);
    if (r.most == recall::everything) {
      demand(winding_up, "recall of everything though the run goes on");
      demand(!w.held.empty(), "recall of everything from a worker with nothing");
      if (std::exchange(w.recalled, true)) return;
      w.gave = false;
      w.asked = static_cast<std::uint32_t>(w.held.size());
      return;
    }
    demand(!assignable(), "recall while tasks could be assigned");
    demand(anybody_idle(), "recall while nobody is idle");
    demand(w.present && w.waiting() > 0, "recall from a worker with nothing to give");
    demand(!w.recalled && !w.refused, "recall of a worker that was asked already");
    demand(r.most > 0 && r.most <= w.waiting(), "recall of a wrong number");
    bool helps = false;
    for (std::size_t i = w.held.size() - r.most; i < w.held.size(); ++i) helps = helps || helpful(w.held[i]);
    demand(helps, "recall of what helps nobody");
    for (const auto& [id, other] : workers) {
      if (!one_queue()) break;
      const bool asked = !other.present || other.recalled || other.refused;
      demand(asked || other.waiting() <= w.waiting() || w.waiting() >= 64, "recall not from the worker with most");
    }
    w.recalled = true;
    w.gave = false;
    w.asked = r.most;
  }

  void operator()(const stalled& s) {
    demand(s.unfinished == unfinished && unfinished > 0, "stalled with a wrong number");
    demand(!stalled_, "stalled was said twice");
    demand(stuck(), "stalled though there is a worker");
    stalled_ = true;
  }

  void operator()(const finished&) {
    demand(closed && unfinished == 0 && told_ == tasks.size(), "finished too early");
    demand(!finished_, "finished twice");
    finished_ = true;
  }

  /// What must hold when next() has nothing more to say.
  void settled() {
    demand(stops_.empty(), "a stop is missing");
    demand(!assignable(), "a worker is idle while tasks are queued");
    bool asked = false;
    for (const auto& [id, w] : workers) asked = asked || w.recalled;
    if (anybody_idle() && !asked) {
      for (const auto& [id, w] : workers) {
        if (!w.present || w.refused) continue;
        for (std::size_t i = w.held.size() - w.waiting(); i < w.held.size(); ++i) {
          demand(!helpful(w.held[i]), "nobody was asked to give back");
        }
      }
    }
    for (task_id id : due_) {
      demand(!tasks[id].retry_due, "a retry was not announced");
      demand(settings_.ordered || tasks[id].state != where::ended, "an end was not told");
    }
    due_.clear();
    demand(!settings_.ordered || told_ == tasks.size() || tasks[told_].state != where::ended,
           "an end was not told");
    const bool is_stuck = stuck();
    demand(!is_stuck || stalled_, "stalled was not said");
    stalled_ = is_stuck;
    demand(finished_ == (closed && unfinished == 0), "finished was not said");
  }

  /// What state() must return; `ended` will do for what was told.
  [[nodiscard]] task_state state(task_id id) const {
    const model_task& t = tasks[id];
    if (t.state == where::assigned) return running(id) ? task_state::started : task_state::assigned;
    if (t.state == where::queued || t.state == where::delayed) {
      if (t.burned > 0 || t.losses > 0) return task_state::retrying;
      return t.state == where::queued ? task_state::pending : task_state::delayed;
    }
    if (t.success) return task_state::succeeded;
    switch (t.reason) {
      case end_reason::cancelled:
      case end_reason::drained:
        return task_state::revoked;
      case end_reason::expired:
        return task_state::expired;
      default:
        return task_state::failed;
    }
  }
  [[nodiscard]] bool told(task_id id) const { return tasks[id].state == where::told; }

  [[nodiscard]] bool is_finished() const { return finished_; }
  [[nodiscard]] std::size_t queued() const {
    std::size_t sum = 0;
    for (const auto& [q, waiting] : waiting_) sum += waiting.size();
    return sum;
  }
  [[nodiscard]] std::size_t delayed() const { return delayed_; }
  [[nodiscard]] std::uint64_t expired() const { return expired_; }

 private:
  /// Tasks that wait in one queue.
  class model_queue {
   public:
    std::map<int, std::set<task_id>> fresh;  ///< of each priority, those that never left it nor came late

    void insert(task_id, int priority) { priorities_.insert(priority); }
    void erase(task_id id, int priority) {
      priorities_.erase(priorities_.find(priority));
      const auto here = fresh.find(priority);
      if (here != fresh.end()) here->second.erase(id);
    }
    [[nodiscard]] bool empty() const { return priorities_.empty(); }
    [[nodiscard]] std::size_t size() const { return priorities_.size(); }
    [[nodiscard]] int greatest() const { return *priorities_.rbegin(); }
    [[nodiscard]] task_id first_fresh(int priority) const {
      const auto here = fresh.find(priority);
      return here == fresh.end() || here->second.empty() ? ~task_id{0} : *here->second.begin();
    }

   private:
    std::multiset<int> priorities_;
  };

  [[nodiscard]] bool anybody_idle() const {
    return std::any_of(workers.begin(), workers.end(), [](const auto& w) { return w.second.idle(); });
  }
  [[nodiscard]] bool running(task_id id) const {
    for (const auto& [w, worker] : workers) {
      for (const held_attempt& h : worker.held) {
        if (h.ref.task == id && !h.abandoned) return h.started;
      }
    }
    return false;
  }
  /// Does its rate allow it?
  [[nodiscard]] bool may_begin(queue_id q) const {
    const auto bucket = buckets_.find(q);
    return bucket == buckets_.end() || bucket->second.has_token();
  }
  /// Is somebody idle for a task that may begin?
  [[nodiscard]] bool assignable() const {
    for (const auto& [q, waiting] : waiting_) {
      if (waiting.empty() || !may_begin(q)) continue;
      for (const auto& [id, w] : workers) {
        if (w.idle() && w.serves(q)) return true;
      }
    }
    return false;
  }
  /// Could somebody idle run this instead?
  [[nodiscard]] bool helpful(const held_attempt& h) const {
    const queue_id q = tasks[h.ref.task].options.queue;
    if (buckets_.contains(q)) return false;
    return std::any_of(workers.begin(), workers.end(),
                       [q](const auto& w) { return w.second.idle() && w.second.serves(q); });
  }
  /// Does nobody tell queues apart?
  [[nodiscard]] bool one_queue() const {
    return std::all_of(workers.begin(), workers.end(), [](const auto& w) { return !w.second.queues; }) &&
           std::all_of(tasks.begin(), tasks.end(), [](const model_task& t) { return t.options.queue == 0; });
  }
  /// Nothing is at a worker, and nobody serves what remains.
  [[nodiscard]] bool stuck() const {
    if (workers.empty() || unfinished == 0 || unfinished > queued() + delayed_) return false;
    for (const auto& [id, w] : workers) {
      if (!w.accepts()) continue;
      for (const auto& [q, waiting] : waiting_) {
        const auto late = delayed_in_.find(q);
        if (w.serves(q) && (!waiting.empty() || (late != delayed_in_.end() && late->second > 0))) return false;
      }
    }
    return true;
  }
  void advance(time_point now) {
    clock_ = std::max(clock_, now);
    for (auto& [q, b] : buckets_) b.refill(clock_);
  }
  void delay(task_id id, time_point until) {
    tasks[id].state = where::delayed;
    tasks[id].moment = until;
    timed_.insert(id);
    ++delayed_;
    ++delayed_in_[tasks[id].options.queue];
    waiting_[tasks[id].options.queue];
    due_.push_back(id);
  }
  void undelay(task_id id) {
    --delayed_;
    --delayed_in_[tasks[id].options.queue];
  }
  void withdraw(task_id id, end_reason reason) {
    model_task& t = tasks[id];
    if (t.state == where::ended || t.state == where::told) return;
    if (t.state == where::queued) waiting_[t.options.queue].erase(id, t.options.priority);
    if (t.state == where::delayed) undelay(id);
    if (t.state == where::assigned) abandon(id);
    end(id, false, reason);
  }
  /// It may not begin any more.
  [[nodiscard]] bool over(task_id id) const { return winding_up && (stopped || !tasks[id].options.part); }
  void queue(task_id id) {
    if (over(id)) return end(id, false, end_reason::drained);
    if (tasks[id].state == where::delayed) undelay(id);
    tasks[id].state = where::queued;
    waiting_[tasks[id].options.queue].insert(id, tasks[id].options.priority);
    due_.push_back(id);
  }
  void end(task_id id, bool success, end_reason reason) {
    tasks[id].state = where::ended;
    tasks[id].success = success;
    tasks[id].reason = reason;
    --unfinished;
    expired_ += !success && reason == end_reason::expired ? 1 : 0;
    timed_.erase(id);
    due_.push_back(id);
  }
  void burn(task_id id, end_reason reason) {
    model_task& t = tasks[id];
    demand(t.burned <= t.options.retries, "more retries than allowed");
    if (t.burned == t.options.retries) return end(id, false, reason);
    if (over(id)) return end(id, false, end_reason::drained);
    ++t.burned;
    t.retry_due = reason;
    duration pause = t.options.backoff;
    for (std::uint32_t i = 1; i < t.burned && pause < t.options.backoff_max; ++i) pause *= 2;
    pause = std::min(pause, t.options.backoff_max);
    if (pause.count() > 0) {
      delay(id, clock_ + pause);
    } else {
      queue(id);
    }
  }
  void abandon(task_id id) {
    for (auto& [w, worker] : workers) {
      for (held_attempt& h : worker.held) {
        if (h.ref.task != id || h.abandoned) continue;
        h.abandoned = true;
        h.deadline.reset();
        stops_.push_back(h.ref);
      }
    }
  }
  void tell(task_id id, attempt_id attempt) {
    model_task& t = tasks[id];
    demand(t.state == where::ended, "told a task that has not ended, or twice");
    demand(attempt + 1 == t.attempts || (t.attempts == 0 && attempt == 0), "told a wrong attempt");
    demand(!settings_.ordered || id == told_, "told out of order");
    t.state = where::told;
    ++told_;
  }

  settings settings_;
  std::map<queue_id, model_queue> waiting_;
  std::map<queue_id, std::size_t> delayed_in_;
  std::map<queue_id, model_bucket> buckets_;
  std::set<task_id> timed_;  ///< unfinished tasks that have, or had, a moment
  std::size_t delayed_ = 0;
  std::uint64_t expired_ = 0;
  time_point clock_ = time_point::min();
  std::vector<attempt_ref> stops_;
  std::vector<task_id> due_;
  std::uint64_t told_ = 0;
  bool stalled_ = false, finished_ = false;
};

}  // namespace cohort::dispatch::testing
