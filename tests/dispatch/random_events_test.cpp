#include "model.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <random>

using namespace cohort::dispatch;
using cohort::dispatch::testing::demand;
using cohort::dispatch::testing::held_attempt;
using cohort::dispatch::testing::model;
using cohort::dispatch::testing::model_worker;
using cohort::dispatch::testing::where;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// One scheduler with random settings, fed with random events until it has finished.
class episode {
 public:
  explicit episode(std::uint64_t seed)
      : random_{seed}, settings_{random_settings()}, scheduler_{settings_}, model_{settings_} {}

  std::uint64_t run(std::uint64_t events) {
    for (std::uint64_t i = 0; i < events; ++i) step(below(1000));
    scheduler_.close();
    model_.closed = true;
    settle();
    for (int i = 0; !model_.is_finished(); ++i) {
      demand(i < 200'000, "never finishes");
      wind_up();
    }
    for (int i = 0; i < 20; ++i) {  // nothing follows, whatever is reported late
      late_report();
      demand(!scheduler_.next(), "an action after finished");
    }
    return events_;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }

  settings random_settings() {
    constexpr schedule hows[] = {schedule::automatic, schedule::self,      schedule::factoring,
                                 schedule::guided,    schedule::trapezoid, schedule::adaptive};
    settings s;
    s.how = hows[below(std::size(hows))];
    s.ordered = chance(40);
    s.quantum = duration{1 + below(2000)};
    s.prefetch = chance(60) ? automatic : static_cast<std::uint32_t>(below(8));
    s.max_batch = static_cast<std::uint32_t>(chance(50) ? 1 + below(6) : 4096);
    s.max_losses = static_cast<std::uint32_t>(1 + below(3));
    cost_ = 1 + below(5000);
    queues_ = chance(40) ? 1 : 2 + below(3);
    rates_ = chance(40);
    return s;
  }

  void step(std::uint64_t what) {
    now_ += duration{below(50)};
    if (what < 150) {
      for (auto n = 1 + below(chance(10) ? 100 : 5); n > 0 && model_.unfinished < 600; --n) add();
    } else if (what < 175) {
      join();
    } else if (what < 183) {
      if (auto* w = any_worker()) lose(w->first);
    } else if (what < 187) {
      if (auto* w = any_worker()) {
        scheduler_.drain(w->first);
        if (w->second.present) w->second.draining = true;
      }
    } else if (what < 230) {
      late_report();
    } else if (what < 300) {
      if (auto* w = any_worker()) answer(w->first);
    } else if (what < 350) {
      now_ += duration{below(3000)};
      tick();
    } else if (what < 380) {
      if (!model_.tasks.empty()) cancel(below(model_.tasks.size()));
    } else if (what == 380) {
      cancel_all(chance(50));
    } else if (what < 384) {
      if (rates_) limit();
    } else if (what == 384) {
      if (chance(model_.winding_up ? 50 : 20)) begin_to_end(chance(30));
    } else if (what < 390) {
      if (auto* w = any_worker()) resize(w->first);
    } else if (what < 400) {
      if (auto* w = any_worker(); w && queues_ > 1) serve(w->first);
    } else if (auto* w = any_worker()) {
      report(w->first, chance(70) ? 0 : below(w->second.held.size() + 1));
    }
    settle();
  }

  void wind_up() {
    now_ += duration{below(50)};
    if (const auto next = scheduler_.deadline(); next && chance(80)) now_ = std::max(now_, *next);
    if (rates_ && chance(20)) limit();
    join();
    if (auto* w = any_worker(); w && queues_ > 1)
      chance(50) ? scheduler_.serve_all(w->first), w->second.queues.reset() : serve(w->first);
    settle();
    tick();
    settle();
    if (auto* w = any_worker()) answer(w->first);
    settle();
    for (int i = 0; i < 10; ++i) {
      if (auto* w = any_worker()) report(w->first, 0);
      settle();
    }
    if (chance(5)) {
      if (auto* w = any_worker()) lose(w->first);
    }
    settle();
  }

  std::pair<const worker_id, model_worker>* any_worker() {
    if (model_.workers.empty()) return nullptr;
    return &*std::next(model_.workers.begin(), static_cast<std::ptrdiff_t>(below(model_.workers.size())));
  }

  void add() {
    task_options o;
    if (queues_ > 1) o.queue = queue();
    o.priority = chance(50) ? 0 : static_cast<int>(below(5)) - 2;
    o.retries = static_cast<std::uint32_t>(below(4));
    o.timeout = duration{chance(50) ? 0 : 1 + below(4000)};
    if (chance(15)) o.not_before = now_ + duration{below(6000)} - duration{1000};
    if (chance(15)) o.expires = now_ + duration{below(6000)} - duration{300};
    if (chance(30)) o.backoff = duration{1 + below(500)};
    o.part = chance(20);
    if (chance(50)) o.backoff_max = duration{below(2000)};
    model_.add(scheduler_.add(o), o);
  }

  void join() {
    const auto id = static_cast<worker_id>(below(8) * 1000);
    const auto slots = static_cast<std::uint32_t>(1 + below(chance(80) ? 2 : 20));
    model_worker& w = model_.workers[id];
    if (w.present) {
      EXPECT_THROW(scheduler_.worker_joined(id, slots), cohort::argument_error);
      return;
    }
    scheduler_.worker_joined(id, slots);
    w = {};
    w.present = true;
    w.slots = slots;
  }

  /// One of the few numbers in use, small ones and one that is far off.
  queue_id queue() {
    const auto q = static_cast<queue_id>(below(queues_));
    return q == 3 ? queue_id{130} : q;
  }

  void serve(worker_id id) {
    model_worker& w = model_.workers[id];
    if (chance(20)) {
      scheduler_.serve_all(id);
      if (w.present) w.queues.reset();
      return;
    }
    std::vector<queue_id> queues;
    for (auto n = 1 + below(3); n > 0; --n) queues.push_back(queue());
    scheduler_.serve(id, queues);
    if (w.present) w.queues.emplace(queues.begin(), queues.end());
  }

  void resize(worker_id id) {
    const auto slots = static_cast<std::uint32_t>(1 + below(chance(80) ? 3 : 20));
    scheduler_.resize(id, slots);
    model_worker& w = model_.workers[id];
    if (w.present) w.slots = slots;
  }

  void limit() {
    const queue_id q = queue();
    if (chance(30)) {
      scheduler_.limit_rate(q, std::numeric_limits<double>::infinity());
      return model_.unlimit(q);
    }
    const double per_second = 1e9 / static_cast<double>(1 + below(1000));
    const auto burst = static_cast<std::uint32_t>(1 + below(chance(50) ? 2 : 20));
    scheduler_.limit_rate(q, per_second, burst);
    model_.limit(q, per_second, burst);
  }

  void lose(worker_id w) {
    for (held_attempt& h : model_.workers[w].held) {
      remember(w, h.ref);
      if (chance(20)) {
        scheduler_.doubt(w, h.ref);
        h.doubtful = true;
      }
    }
    scheduler_.worker_lost(w);
    model_.lost(w);
  }

  void report(worker_id w, std::uint64_t which) {
    model_worker& worker = model_.workers[w];
    if (which >= worker.held.size()) return;
    const held_attempt h = worker.held[which];
    remember(w, h.ref);
    if (!h.started && chance(60)) {
      scheduler_.started(w, h.ref, now_);
      model_.started(w, h.ref, now_);
    } else if (!h.started && chance(5)) {
      give_back(w, h.ref);
    } else if (chance(3)) {
      const bool counted = scheduler_.interrupted(w, h.ref, duration{below(cost_)});
      demand(counted == model_.interrupted(w, h.ref), "wrong answer to an interruption");
    } else {
      end(w, h.ref, chance(75));
    }
  }

  void end(worker_id w, attempt_ref ref, bool success) {
    const duration took{below(10) == 0 ? below(cost_ * 20) : below(cost_)};
    const bool counted = success ? scheduler_.succeeded(w, ref, took, now_) : scheduler_.failed(w, ref, took, now_);
    demand(counted == model_.report(w, ref, success, now_), "wrong answer to a report");
  }

  void give_back(worker_id w, attempt_ref ref) {
    scheduler_.returned(w, ref);
    model_.returned(w, ref);
  }

  /// The latest first, as many as were asked for, sometimes fewer or none; sometimes without having been asked.
  void answer(worker_id w) {
    model_worker& worker = model_.workers[w];
    if (!worker.recalled && !worker.draining && !chance(3)) return;
    std::uint64_t most = worker.recalled ? worker.asked : below(3);
    if (chance(30)) most = 0;
    while (most-- > 0 && worker.held.size() > worker.slots && !worker.held.back().started) {
      remember(w, worker.held.back().ref);
      give_back(w, worker.held.back().ref);
      settle();  // the owner may well ask for actions between the parts of an answer
      if (worker.held.size() <= worker.slots) break;
    }
    scheduler_.recalled(w);
    model_.recalled(w);
  }

  /// Reports again, or for the first time, about an attempt of the past: usually stale, but the model knows.
  void late_report() {
    if (past_.empty()) return;
    auto [w, ref] = past_[below(past_.size())];
    if (chance(10)) w = any_worker()->first;
    switch (below(4)) {
      case 0:
        scheduler_.started(w, ref, now_);
        return model_.started(w, ref, now_);
      case 1:
        return give_back(w, ref);
      default:
        end(w, ref, chance(50));
    }
  }

  void remember(worker_id w, attempt_ref ref) {
    if (past_.size() < 64) past_.emplace_back(w, ref);
    past_[below(past_.size())] = {w, ref};
  }

  void tick() {
    scheduler_.tick(now_);
    model_.tick(now_);
  }

  void cancel(task_id id) {
    scheduler_.cancel(id);
    model_.cancel(id);
  }

  void cancel_all(bool running_too) {
    running_too ? scheduler_.cancel_all() : scheduler_.cancel_queued();
    for (task_id id = 0; id < model_.tasks.size(); ++id) {
      const where state = model_.tasks[id].state;
      if (running_too || state == where::queued || state == where::delayed) model_.cancel(id);
    }
  }

  void begin_to_end(bool stop) {
    stop ? scheduler_.stop_running() : scheduler_.wind_up();
    model_.wind_up(stop);
  }

  void settle() {
    ++events_;
    while (auto a = scheduler_.next()) {
      std::visit([this](const auto& what) { model_(what); }, *a);
      const bool told = std::holds_alternative<deliver>(*a) || std::holds_alternative<give_up>(*a);
      if (told && model_.unfinished < 500 && chance(10)) add();  // tasks create tasks, after close() too
    }
    model_.settled();
    if (chance(5)) scheduler_.check();  // costs far more than all the rest
    demand(scheduler_.deadline() == model_.deadline(), "wrong deadline");
    if (!model_.tasks.empty()) {
      const task_id id = chance(50)
                             ? below(model_.tasks.size())
                             : model_.tasks.size() - 1 - below(std::min<std::size_t>(model_.tasks.size(), 100));
      const task_state said = scheduler_.state(id);
      demand(said == model_.state(id) || (said == task_state::ended && model_.told(id)), "wrong state of a task");
    }
    demand(scheduler_.totals().unfinished() == model_.unfinished, "wrong number of unfinished tasks");
    demand(scheduler_.totals().queued == model_.queued(), "wrong number of queued tasks");
    demand(scheduler_.totals().delayed == model_.delayed(), "wrong number of delayed tasks");
    demand(scheduler_.totals().expired == model_.expired(), "wrong number of expired tasks");
  }

  std::mt19937_64 random_;
  std::uint64_t cost_ = 1;
  std::uint64_t queues_ = 1;
  bool rates_ = false;
  settings settings_;
  scheduler scheduler_;
  model model_;
  time_point now_{0};
  std::vector<std::pair<worker_id, attempt_ref>> past_;
  std::uint64_t events_ = 0;
};

}  // namespace

TEST(RandomEvents, AgreeWithTheModel) {
  std::uint64_t seed = from_environment("COHORT_SEED", std::random_device{}());
  const std::uint64_t wanted = from_environment("COHORT_EVENTS", 300'000);
  std::uint64_t events = 0;
  for (; events < wanted; ++seed) {
    try {
      events += episode{seed}.run(3000);
    } catch (const std::exception& e) {
      FAIL() << e.what() << "\nrepeat with COHORT_SEED=" << seed << " COHORT_EVENTS=1";
    }
  }
  RecordProperty("events", std::to_string(events));
}
