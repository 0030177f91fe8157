#include "bench/simulate/master.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace cohort_simulate {
namespace {

namespace dispatch = cohort::dispatch;

}  // namespace

std::uint32_t master::join(const subordinate& who) {
  const auto known_as = static_cast<std::uint32_t>(workers_.size());
  workers_.push_back(who);
  letters_.emplace_back();
  slots_ += who.slots;
  scheduler_.worker_joined(known_as, who.slots);
  return known_as;
}

void master::begin(world& w) {
  refill(w);
  free_at_ = since_ = act(w, 0);
  busy_ += free_at_;
}

void master::hear(world& w, moment now, std::uint32_t letter) {
  inbox_.push_back(letter);
  // A report of the master's own rank ends its sleep, a message does not.
  const bool local = w.mail.is_local(letter);
  const moment noticed = local || now <= free_at_ ? now : w.noticed(since_, now, true);
  const moment at = std::max(free_at_, noticed);
  if (planned_ && planned_at_ <= at) return;
  planned_ = true;
  planned_at_ = at;
  w.events.plan(at, event::kind::master_reads, number_, ++plan_);
}

void master::read(world& w, moment now, std::uint32_t plan) {
  if (plan != plan_ || !planned_) return;
  planned_ = false;
  w.mail.open(inbox_.front(), reading_);
  inbox_.pop_front();
  moment at = now + (reading_.local ? 0 : w.message);
  for (const item& i : reading_.items) {
    at += i.kind == item::word::recall || i.kind == item::word::recalled ? 0 : w.task / 2;
    take(reading_.from, i, at);
  }
  at = report_if_due(w, act(w, at));
  busy_ += at - now;
  free_at_ = since_ = at;
  if (inbox_.empty()) return;
  planned_ = true;
  planned_at_ = at;
  w.events.plan(at, event::kind::master_reads, number_, ++plan_);
}

void master::take(std::uint32_t from, const item& what, moment at) {
  switch (what.kind) {
    case item::word::run:
      scheduler_.add();
      entries_.push_back({what});
      ++unfinished_;
      break;
    case item::word::recall:
      give_back(static_cast<std::uint64_t>(what.number));
      break;
    case item::word::report:
      scheduler_.succeeded(from, what.attempt, nanoseconds{what.number}, nanoseconds{at});
      break;
    case item::word::returned:
      scheduler_.returned(from, what.attempt);
      break;
    case item::word::recalled:
      scheduler_.recalled(from);
  }
}

/// What no worker has yet, the latest first.
void master::give_back(std::uint64_t most) {
  for (auto i = entries_.size(); i-- > 0 && most > 0;) {
    entry& e = entries_[i];
    if (!e.live || scheduler_.state(first_ + i) != dispatch::task_state::pending) continue;
    scheduler_.cancel(first_ + i);
    e.live = false;
    --unfinished_;
    --most;
    up_.push_back({item::word::returned, e.order.attempt, 0});
  }
  up_.push_back({item::word::recalled, {}, 0});
  oldest_ = -world::patience;  // at once
}

/// As many as a farm with such a window takes from its input.
void master::refill(world& w) {
  const std::uint64_t all = w.how.tasks_per_worker * w.how.workers;
  const std::uint64_t most = std::max<std::uint64_t>(65536, std::uint64_t{4} * w.how.workers);
  while (scheduler_.totals().added < all && scheduler_.totals().unfinished() < most) scheduler_.add();
  if (scheduler_.totals().added == all) scheduler_.close();
}

moment master::length_of(world& w, std::uint64_t task) const {
  return above_ == nobody ? w.length(task).count() : entries_[task - first_].order.number;
}

moment master::act(world& w, moment at) {
  for (;;) {
    while (const auto next = scheduler_.next()) {
      if (const auto* a = std::get_if<dispatch::assign>(&*next)) {
        at += static_cast<moment>(a->attempts.size()) * (w.task - w.task / 2);
        for (const auto& each : a->attempts) {
          write(a->worker, {item::word::run, each, length_of(w, each.task)});
        }
      } else if (const auto* r = std::get_if<dispatch::recall>(&*next)) {
        write(r->worker, {item::word::recall, {}, r->most});
      } else if (const auto* d = std::get_if<dispatch::deliver>(&*next)) {
        ++delivered_;
        const moment took = length_of(w, d->task);
        work_ += took;
        if (above_ == nobody) continue;
        entry& e = entries_[d->task - first_];
        e.live = false;
        --unfinished_;
        if (up_.empty()) oldest_ = at;
        up_.push_back({item::word::report, e.order.attempt, took});
      } else if (std::holds_alternative<dispatch::finished>(*next)) {
        finished_ = true;
      }
    }
    while (!entries_.empty() && !entries_.front().live) {
      entries_.pop_front();
      ++first_;
    }
    if (above_ != nobody || finished_ || scheduler_.is_closed()) break;
    const auto before = scheduler_.totals().added;
    refill(w);
    if (scheduler_.totals().added == before) break;
  }
  return flush(w, at);
}

void master::write(std::uint32_t worker, const item& what) {
  if (letters_[worker].empty()) unsent_.push_back(worker);
  letters_[worker].push_back(what);
}

moment master::flush(world& w, moment at) {
  for (const auto each : unsent_) {
    const subordinate& to = workers_[each];
    moment then = at;
    if (!to.local) {
      at += w.message;
      then = at + w.latency;
    }
    const auto letter =
        w.mail.add(to.is_master ? letter::from_above : number_, to.local, std::move(letters_[each]));
    w.events.plan(then, to.is_master ? event::kind::master_hears : event::kind::letter_comes, to.number, letter);
  }
  unsent_.clear();
  return at;
}

/// A worker sends its reports when a slot is free, or when the oldest has waited long enough.
moment master::report_if_due(world& w, moment at) {
  if (up_.empty()) return at;
  if (unfinished_ == 0 || at - oldest_ >= world::patience) return send_up(w, at);
  if (std::exchange(due_planned_, true)) return at;
  w.events.plan(w.noticed(at, oldest_ + world::patience, true), event::kind::master_reports, number_, reports_);
  return at;
}

void master::report(world& w, moment now, std::uint32_t which) {
  if (which != reports_ || up_.empty()) return;
  if (free_at_ > now) return w.events.plan(free_at_, event::kind::master_reports, number_, which);
  const moment at = send_up(w, now);
  busy_ += at - now;
  free_at_ = since_ = at;
}

moment master::send_up(world& w, moment at) {
  ++reports_;
  due_planned_ = false;
  at += w.message;
  w.events.plan(at + w.latency, event::kind::master_hears, above_, w.mail.add(known_as_, false, std::move(up_)));
  return at;
}

}  // namespace cohort_simulate
