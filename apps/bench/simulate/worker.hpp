#pragma once

#include "bench/simulate/world.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cohort_simulate {

/// A rank that runs tasks, one at a time: cohort/pattern/crew/serve.cpp around a thread_runner.
class worker {
 public:
  /// `number` is its own; `master` has it as `known_as`. A local one is on its master's rank.
  worker(std::uint32_t number, std::uint32_t master, std::uint32_t known_as, bool local)
      : number_{number}, master_{master}, known_as_{known_as}, local_{local} {}

  /// Events. @{
  void letter_comes(world& w, moment now, std::uint32_t letter) {
    mail_.push_back(letter);
    if (local_) return look(w, now);
    w.events.plan(w.noticed(since_, now, running_), event::kind::worker_looks, number_);
  }
  void look(world& w, moment now) {
    if (mail_.empty()) return;  // the end of a task came before
    since_ = now;
    read_mail(w, now);
    begin(w, now);
  }
  void task_ends(world& w, moment now) {
    if (out_.empty()) oldest_ = now;
    const bool first = out_.empty();
    out_.push_back({item::word::report, current_.attempt, current_.number});
    running_ = false;
    since_ = now;
    read_mail(w, now);
    begin(w, now);
    if (local_ || !running_ || now - oldest_ >= world::patience) {
      send(w, now);
    } else if (first) {
      w.events.plan(w.noticed(now, oldest_ + world::patience, true), event::kind::worker_reports, number_,
                    reports_);
    }
  }
  void report(world& w, moment now, std::uint32_t which) {
    if (which == reports_ && !out_.empty()) send(w, now);
  }
  /// @}

 private:
  void read_mail(world& w, moment now) {
    for (const auto each : mail_) {
      w.mail.open(each, w.scratch);
      for (const item& i : w.scratch.items) {
        if (i.kind == item::word::run) {
          waiting_.push_back(i);
        } else {
          give_back(w, now, static_cast<std::size_t>(i.number));
        }
      }
    }
    mail_.clear();
  }

  void give_back(world& w, moment now, std::size_t most) {
    for (; most > 0 && waiting_.size() > next_; --most) {
      out_.push_back({item::word::returned, waiting_.back().attempt, 0});
      waiting_.pop_back();
    }
    out_.push_back({item::word::recalled, {}, 0});
    send(w, now);
  }

  void begin(world& w, moment now) {
    if (running_ || next_ == waiting_.size()) return;
    current_ = waiting_[next_++];
    if (next_ == waiting_.size()) {
      waiting_.clear();
      next_ = 0;
    }
    running_ = true;
    w.events.plan(now + w.task + current_.number, event::kind::task_ends, number_);
  }

  void send(world& w, moment now) {
    ++reports_;
    const moment then = local_ ? now : now + w.message + w.latency;
    w.events.plan(then, event::kind::master_hears, master_, w.mail.add(known_as_, local_, std::move(out_)));
  }

  std::uint32_t number_;
  std::uint32_t master_;
  std::uint32_t known_as_;
  bool local_;
  bool running_ = false;
  std::uint32_t reports_ = 0;  ///< letters sent so far
  moment since_ = 0;           ///< when it last noticed anything
  moment oldest_ = 0;          ///< of the reports not sent
  item current_;
  std::size_t next_ = 0;  ///< of those that wait
  std::vector<item> waiting_;
  std::vector<item> out_;
  std::vector<std::uint32_t> mail_;  ///< not read yet
};

}  // namespace cohort_simulate
