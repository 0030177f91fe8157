// When a run winds up, and what its scheduler then does; in simulated time.

#include <cohort/dispatch/drain.hpp>

#include "actions.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <optional>
#include <set>
#include <vector>

using namespace cohort::dispatch;
using namespace cohort::dispatch::testing;
using namespace std::chrono_literals;

namespace {

using phase = drain::phase;

drain::terms until(duration end, duration reserve) {
  return {.limit = time_limit{.begin = 0s, .end = end, .reserve = reserve}};
}

std::vector<task_id> drained(const std::vector<action>& all) {
  std::vector<task_id> tasks;
  for (const auto& each : only<give_up>(all)) {
    EXPECT_EQ(each.reason, end_reason::drained);
    tasks.push_back(each.task);
  }
  return tasks;
}

TEST(Drain, GoesOnForeverIfNothingEndsIt) {
  drain unlimited{{}};
  EXPECT_FALSE(unlimited.limited());
  EXPECT_EQ(unlimited.look(24h * 365, 0), phase::none);
  EXPECT_FALSE(unlimited.hopeless());
}

TEST(Drain, StartsNothingThatCannotEndBeforeTheReserve) {
  drain d{until(100s, 10s)};
  for (int i = 0; i != 40; ++i) d.learn(20s);
  EXPECT_EQ(d.look(0s, 0), phase::none);
  EXPECT_EQ(d.look(69s, 0), phase::none);
  EXPECT_EQ(d.need(), 20s);
  EXPECT_EQ(d.look(70s, 0), phase::closing);
  EXPECT_FALSE(d.was_told());
  EXPECT_FALSE(d.hopeless());
  EXPECT_EQ(d.look(89s, 0), phase::closing);
  EXPECT_EQ(d.look(90s, 0), phase::stopping);
  EXPECT_EQ(d.look(98s, 0), phase::leaving);
}

TEST(Drain, LearnsFromTasksThatStillRun) {
  drain d{until(100s, 10s)};
  for (int i = 0; i != 40; ++i) d.learn(1s);
  for (task_id t = 0; t != 10; ++t) d.began(t, 0s);
  EXPECT_EQ(d.look(30s, 0), phase::none);
  EXPECT_GE(d.need(), 30s);  // nobody knows how long they take
  d.withdrawn(0);
  for (task_id t = 1; t != 10; ++t) d.ended(t, 31s);
  EXPECT_EQ(d.look(50s, 0), phase::none);
  EXPECT_EQ(d.look(60s, 0), phase::closing);
}

TEST(Drain, AsksWhetherThereIsMoreTime) {
  std::optional<time_point> answer;
  int asked = 0;
  auto how = until(100s, 10s);
  how.ask = [&] {
    ++asked;
    return answer;
  };
  drain d{how};
  d.learn(8s);
  EXPECT_EQ(d.look(50s, 0), phase::none);
  EXPECT_EQ(asked, 0);
  answer = 200s;
  EXPECT_EQ(d.look(85s, 0), phase::none);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(d.look(185s, 0), phase::closing);
  answer = 300s;
  EXPECT_EQ(d.look(190s, 0), phase::closing);  // what runs has more time; begun it has
  EXPECT_EQ(d.look(290s, 0), phase::stopping);
}

TEST(Drain, DoesAsItIsTold) {
  drain d{{}};
  EXPECT_EQ(d.look(5s, 1), phase::closing);
  EXPECT_TRUE(d.was_told());
  EXPECT_EQ(d.look(5h, 1), phase::closing);
  EXPECT_EQ(d.look(5h, 2), phase::stopping);

  drain patient{{.patience = 30s}};
  EXPECT_EQ(patient.look(5s, 1), phase::closing);
  EXPECT_EQ(patient.look(34s, 1), phase::closing);
  EXPECT_EQ(patient.look(35s, 1), phase::stopping);

  drain limited{until(100s, 10s)};
  EXPECT_EQ(limited.look(5s, 1), phase::closing);
  EXPECT_EQ(limited.look(90s, 1), phase::stopping);
}

TEST(Drain, SaysIfNoTaskCouldEverHaveEnded) {
  drain d{until(100s, 10s)};
  d.learn(200s);
  EXPECT_EQ(d.look(1s, 0), phase::closing);
  EXPECT_TRUE(d.hopeless());
}

TEST(WindUp, GivesUpWhatNobodyHasBegun) {
  scheduler s{{.prefetch = 0}};
  s.worker_joined(0, 1);
  add(s, 3);
  s.add({.not_before = 5s});
  EXPECT_EQ(assigned_now(s), std::vector<task_id>{0});
  s.wind_up();
  const auto all = actions_of(s);
  EXPECT_EQ(drained(all), (std::vector<task_id>{1, 2, 3}));
  EXPECT_EQ(only<recall>(all).size(), 1U);  // perhaps it has not begun task 0
  s.recalled(0);
  s.add();
  EXPECT_EQ(drained(actions_of(s)), std::vector<task_id>{4});
  EXPECT_TRUE(s.succeeded(0, {0, 0}, brief, zero));
  EXPECT_EQ(next_of<deliver>(s).size(), 1U);
  s.close();
  EXPECT_EQ(next_of<finished>(s).size(), 1U);
  EXPECT_EQ(s.totals().drained, 4U);
  EXPECT_EQ(s.totals().succeeded, 1U);
  EXPECT_EQ(s.state(2), task_state::revoked);
}

TEST(WindUp, WhatComesBackDoesNotBeginAgain) {
  scheduler s{{.prefetch = 4}};
  for (worker_id w = 0; w != 3; ++w) s.worker_joined(w, 1);
  add(s, 4, {.retries = 2});
  (void)actions_of(s);
  s.wind_up();
  (void)actions_of(s);
  const auto given = s.worker(0).assigned + s.worker(1).assigned + s.worker(2).assigned;
  ASSERT_EQ(given, 4U);
  ASSERT_EQ(s.worker(0).assigned, 2U);  // tasks 0 and 3
  s.returned(0, {3, 0});
  s.recalled(0);
  EXPECT_EQ(drained(actions_of(s)), std::vector<task_id>{3});
  EXPECT_TRUE(s.failed(0, {0, 0}, brief, zero));  // another attempt would be something new
  EXPECT_EQ(drained(actions_of(s)), std::vector<task_id>{0});
  EXPECT_TRUE(s.interrupted(1, {1, 0}, brief));
  EXPECT_EQ(drained(actions_of(s)), std::vector<task_id>{1});
  s.worker_lost(2);
  EXPECT_EQ(drained(actions_of(s)), std::vector<task_id>{2});
  EXPECT_EQ(s.totals().retried, 0U);
}

TEST(WindUp, ATaskWithoutRetriesFailsAsEver) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add();
  (void)actions_of(s);
  s.wind_up();
  (void)actions_of(s);
  EXPECT_TRUE(s.failed(0, {0, 0}, brief, zero));
  const auto ends = next_of<give_up>(s);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].reason, end_reason::failed);
}

TEST(WindUp, PartsOfTasksThatRunAreBegun) {
  scheduler s{{.prefetch = 0}};
  s.worker_joined(0, 1);
  add(s, 2);
  EXPECT_EQ(assigned_now(s), std::vector<task_id>{0});
  s.add({.part = true});
  s.wind_up();
  (void)actions_of(s);
  s.recalled(0);
  s.resize(0, 2);  // task 0 waits
  EXPECT_EQ(assigned_now(s), std::vector<task_id>{2});
  s.add({.part = true});
  EXPECT_TRUE(s.succeeded(0, {2, 0}, brief, zero));
  EXPECT_EQ(assigned_now(s), std::vector<task_id>{3});
}

TEST(WindUp, StopsWhatRuns) {
  scheduler s{{.prefetch = 0}};
  s.worker_joined(0, 1);
  s.worker_joined(1, 1);
  add(s, 3, {.retries = 5});
  s.add({.part = true});
  (void)actions_of(s);
  s.wind_up();
  (void)actions_of(s);
  s.stop_running();
  const auto all = actions_of(s);
  const auto stops = only<stop>(all);
  ASSERT_EQ(stops.size(), 2U);
  EXPECT_EQ(stops[0].reason, end_reason::drained);
  EXPECT_EQ(drained(all), (std::vector<task_id>{0, 1, 3}));
  EXPECT_FALSE(s.failed(0, {0, 0}, brief, zero));
  s.close();
  EXPECT_EQ(next_of<finished>(s).size(), 1U);
  EXPECT_EQ(s.totals().drained, 4U);
}

/// A master and its workers under a limit, in simulated time: every task that begins ends before the reserve, and
/// what does not begin is told.
TEST(WindUp, NothingRunsIntoTheReserve) {
  scheduler s{{.prefetch = 0}};
  drain d{until(1000s, 100s)};
  struct run {
    attempt_ref of;
    time_point since;
  };
  std::vector<std::optional<run>> workers(5);
  for (worker_id w = 0; w != workers.size(); ++w) s.worker_joined(w, 1);
  add(s, 1000);
  s.close();
  std::set<task_id> told;
  std::uint64_t delivered = 0;
  time_point last{0};
  const auto length = [](task_id t) { return duration{7s} + 1s * static_cast<int>(t % 11); };
  for (time_point now{0}; !s.is_finished(); now += 100ms) {
    ASSERT_LT(now, 1000s);
    for (worker_id w = 0; w != workers.size(); ++w) {
      if (!workers[w] || now - workers[w]->since < length(workers[w]->of.task)) continue;
      const auto ended = *workers[w];
      workers[w].reset();
      last = now;
      d.ended(ended.of.task, now - ended.since);
      EXPECT_TRUE(s.succeeded(w, ended.of, now - ended.since, now));
    }
    if (d.look(now, 0) == phase::closing) s.wind_up();
    EXPECT_NE(d.current(), phase::stopping);
    for (const auto& each : actions_of(s)) {
      if (const auto* a = std::get_if<assign>(&each)) {
        workers[a->worker] = run{a->attempts.front(), now};
        d.began(a->attempts.front().task, now);
      }
      if (std::holds_alternative<deliver>(each)) ++delivered;
      if (const auto* g = std::get_if<give_up>(&each)) told.insert(g->task);
      if (const auto* r = std::get_if<recall>(&each)) s.recalled(r->worker);
    }
  }
  EXPECT_EQ(delivered + told.size(), 1000U);
  EXPECT_LE(last, 900s);
  EXPECT_GE(last, 870s);  // nor is time left that a task could have had
  EXPECT_EQ(*told.begin(), delivered);
}

}  // namespace
