#include <cohort/core/error.hpp>

#include "actions.hpp"

#include <gtest/gtest.h>

using namespace cohort::dispatch;
using namespace cohort::dispatch::testing;

using ids = std::vector<task_id>;

TEST(Tasks, AreAssignedDeliveredAndFinished) {
  scheduler s;
  EXPECT_EQ(s.add(), 0U);
  s.worker_joined(7, 1);
  const auto assigned = next_of<assign>(s);
  ASSERT_EQ(assigned.size(), 1U);
  EXPECT_EQ(assigned[0].worker, 7U);
  ASSERT_EQ(assigned[0].attempts.size(), 1U);
  EXPECT_TRUE(s.succeeded(7, assigned[0].attempts[0], brief, zero));
  const auto delivered = next_of<deliver>(s);
  ASSERT_EQ(delivered.size(), 1U);
  EXPECT_EQ(delivered[0].worker, 7U);
  s.close();
  EXPECT_EQ(next_of<finished>(s).size(), 1U);
  EXPECT_TRUE(actions_of(s).empty());
  EXPECT_TRUE(s.is_finished());
}

TEST(Tasks, NoneAtAllFinishAtOnce) {
  scheduler s;
  EXPECT_TRUE(actions_of(s).empty());
  s.close();
  EXPECT_EQ(next_of<finished>(s).size(), 1U);
}

TEST(Tasks, MayBeAddedUntilFinishedIsSaid) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add();
  s.close();
  (void)actions_of(s);
  s.succeeded(0, {0, 0}, brief, zero);
  const auto first = s.next();
  ASSERT_TRUE(first && std::holds_alternative<deliver>(*first));
  s.add();  // by the program, while it handles the last result
  EXPECT_EQ(assigned_now(s), ids{1});
  s.succeeded(0, {1, 0}, brief, zero);
  EXPECT_EQ(next_of<finished>(s).size(), 1U);
  EXPECT_THROW(s.add(), cohort::error);
}

TEST(Tasks, ReportsCountOnce) {
  scheduler s;
  s.worker_joined(0, 1);
  s.worker_joined(1, 1);
  s.add();
  (void)actions_of(s);
  EXPECT_FALSE(s.succeeded(1, {0, 0}, brief, zero));  // another worker's
  EXPECT_FALSE(s.succeeded(0, {0, 1}, brief, zero));  // another attempt
  EXPECT_TRUE(s.succeeded(0, {0, 0}, brief, zero));
  EXPECT_FALSE(s.succeeded(0, {0, 0}, brief, zero));
  EXPECT_FALSE(s.failed(0, {0, 0}, brief, zero));
  EXPECT_EQ(s.totals().stale, 4U);
  EXPECT_EQ(next_of<deliver>(s).size(), 1U);
}

TEST(Tasks, GreaterPrioritiesFirstThenFirstComeFirstServed) {
  scheduler s;
  for (const int priority : {0, 5, 0, -3, 5}) s.add({.priority = priority});
  ids order;
  s.worker_joined(0, 1);
  for (int i = 0; i < 5; ++i) {
    const auto a = next_of<assign>(s);
    for (const assign& one : a) {
      for (const attempt_ref ref : one.attempts) order.push_back(ref.task);
    }
    s.succeeded(0, {order[static_cast<std::size_t>(i)], 0}, lengthy, zero);
  }
  EXPECT_EQ(order, (ids{1, 4, 0, 2, 3}));
}

TEST(Retries, AreCountedAndThenGivenUp) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add({.retries = 2});
  for (attempt_id attempt = 0; attempt < 3; ++attempt) {
    EXPECT_EQ(assigned_now(s), ids{0});
    EXPECT_TRUE(s.failed(0, {0, attempt}, brief, zero));
    if (attempt == 2) break;
    const auto a = s.next();
    ASSERT_TRUE(a && std::holds_alternative<retry>(*a));
  }
  const auto given_up = next_of<give_up>(s);
  ASSERT_EQ(given_up.size(), 1U);
  EXPECT_EQ(given_up[0].reason, end_reason::failed);
  EXPECT_EQ(given_up[0].attempt, 2U);
  EXPECT_EQ(s.totals().retried, 2U);
  EXPECT_EQ(s.totals().failed, 1U);
}

TEST(Retries, GoElsewhereIfSomebodyElseIsIdle) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add({.retries = 3});
  (void)actions_of(s);
  s.failed(0, {0, 0}, brief, zero);
  s.worker_joined(1, 1);
  EXPECT_EQ(next_of<assign>(s).at(0).worker, 1U);
  s.worker_lost(0);
  s.failed(1, {0, 1}, brief, zero);
  EXPECT_EQ(next_of<assign>(s).at(0).worker, 1U);  // a preference, not a must
}

TEST(Timeouts, CountFromTheStart) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add({.timeout = duration{100}});
  (void)actions_of(s);
  EXPECT_FALSE(s.deadline());
  s.tick(time_point{1'000'000});
  EXPECT_TRUE(actions_of(s).empty());
  s.started(0, {0, 0}, time_point{1'000'000});
  s.started(0, {0, 0}, time_point{1'000'050});  // only the first counts
  EXPECT_EQ(s.deadline(), time_point{1'000'100});
  s.tick(time_point{1'000'099});
  EXPECT_TRUE(actions_of(s).empty());
  s.tick(time_point{1'000'100});
  const auto all = actions_of(s);
  ASSERT_EQ(only<stop>(all).size(), 1U);
  EXPECT_EQ(only<stop>(all)[0].reason, end_reason::timed_out);
  ASSERT_EQ(only<give_up>(all).size(), 1U);
  EXPECT_EQ(only<give_up>(all)[0].reason, end_reason::timed_out);
  EXPECT_FALSE(s.deadline());
}

TEST(Timeouts, KeepTheSlotUntilTheAttemptIsReported) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add({.retries = 1, .timeout = duration{100}});
  (void)actions_of(s);
  s.started(0, {0, 0}, zero);
  s.tick(time_point{100});
  const auto all = actions_of(s);
  EXPECT_EQ(only<retry>(all).size(), 1U);
  EXPECT_TRUE(only<assign>(all).empty());
  EXPECT_EQ(s.worker(0).assigned, 1U);
  EXPECT_FALSE(s.succeeded(0, {0, 0}, brief, zero));  // too late
  EXPECT_EQ(next_of<assign>(s).at(0).attempts.at(0).attempt, 1U);
  EXPECT_EQ(s.worker(0).busy, brief);
}

TEST(Timeouts, EndlessOnesDoNotOverflow) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add({.timeout = duration::max()});
  (void)actions_of(s);
  s.started(0, {0, 0}, time_point{5});
  EXPECT_FALSE(s.deadline());
}

TEST(Cancel, QueuedAssignedAndEnded) {
  scheduler s;
  s.worker_joined(0, 1);
  add(s, 3);
  (void)actions_of(s);
  s.cancel(1);  // queued
  auto all = actions_of(s);
  ASSERT_EQ(only<give_up>(all).size(), 1U);
  EXPECT_EQ(only<give_up>(all)[0].reason, end_reason::cancelled);
  EXPECT_TRUE(only<stop>(all).empty());
  s.cancel(0);  // running: its slot is not free yet
  all = actions_of(s);
  EXPECT_EQ(only<give_up>(all).size(), 1U);
  EXPECT_EQ(only<stop>(all).size(), 1U);
  EXPECT_TRUE(only<assign>(all).empty());
  s.cancel(0);
  s.cancel(1);
  EXPECT_TRUE(actions_of(s).empty());
  EXPECT_FALSE(s.failed(0, {0, 0}, brief, zero));
  EXPECT_EQ(assigned_now(s), ids{2});
  EXPECT_EQ(s.totals().cancelled, 2U);
}

TEST(Cancel, AllQueuedOrAll) {
  scheduler s;
  s.worker_joined(0, 2);
  add(s, 10);
  (void)actions_of(s);
  s.cancel_queued();
  EXPECT_EQ(next_of<give_up>(s).size(), 8U);
  s.cancel_all();
  const auto all = actions_of(s);
  EXPECT_EQ(only<give_up>(all).size(), 2U);
  EXPECT_EQ(only<stop>(all).size(), 2U);
  s.close();
  EXPECT_EQ(next_of<finished>(s).size(), 1U);
}

TEST(Ordered, EndsAreToldInTheOrderOfTheIds) {
  scheduler s{{.ordered = true}};
  s.worker_joined(0, 4);
  add(s, 4);
  (void)actions_of(s);
  EXPECT_TRUE(s.succeeded(0, {3, 0}, brief, zero));
  s.cancel(1);
  EXPECT_TRUE(next_of<give_up>(s).empty());
  EXPECT_TRUE(s.succeeded(0, {0, 0}, brief, zero));
  auto all = actions_of(s);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(std::get<deliver>(all[0]).task, 0U);
  EXPECT_EQ(std::get<give_up>(all[1]).task, 1U);
  s.failed(0, {2, 0}, brief, zero);
  s.close();
  all = actions_of(s);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(std::get<give_up>(all[0]).task, 2U);
  EXPECT_EQ(std::get<deliver>(all[1]).task, 3U);
  EXPECT_TRUE(std::holds_alternative<finished>(all[2]));
}

TEST(Misuse, IsAnArgumentError) {
  scheduler s;
  s.worker_joined(0, 1);
  using cohort::argument_error;
  EXPECT_THROW(s.worker_joined(0, 1), argument_error);
  EXPECT_THROW(s.worker_joined(1, 0), argument_error);
  EXPECT_THROW(s.worker_lost(9), argument_error);
  EXPECT_THROW(s.drain(9), argument_error);
  EXPECT_THROW(s.recalled(9), argument_error);
  EXPECT_THROW((void)s.worker(9), argument_error);
  EXPECT_THROW(s.cancel(0), argument_error);
  EXPECT_THROW(s.add({.timeout = duration{-1}}), argument_error);
  s.add();
  EXPECT_THROW(s.succeeded(0, {1, 0}, brief, zero), argument_error);
  EXPECT_THROW(s.failed(9, {0, 0}, brief, zero), argument_error);
  EXPECT_THROW(s.started(9, {0, 0}, zero), argument_error);
  EXPECT_THROW(s.returned(9, {0, 0}), argument_error);
  EXPECT_THROW(scheduler{{.quantum = duration{0}}}, argument_error);
  EXPECT_THROW(scheduler{{.max_batch = 0}}, argument_error);
  EXPECT_THROW(scheduler{{.max_losses = 0}}, argument_error);
  EXPECT_THROW(scheduler{{.how = schedule::static_block}}, argument_error);
  EXPECT_THROW(scheduler{{.how = schedule::static_cyclic}}, argument_error);
  s.check();
}
