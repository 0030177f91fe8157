#include <cohort/core/error.hpp>

#include "actions.hpp"

#include <gtest/gtest.h>

using namespace cohort::dispatch;
using namespace cohort::dispatch::testing;

using ids = std::vector<task_id>;

namespace {

/// Worker 0 with one slot, holding tasks 0 to kept, none queued.
scheduler with_reserve(std::uint32_t kept) {
  scheduler s{{.how = schedule::self, .prefetch = kept}};
  s.worker_joined(0, 1);
  add(s, static_cast<int>(kept) + 1);
  EXPECT_EQ(assigned_now(s).size(), kept + 1);
  return s;
}

}  // namespace

TEST(Workers, ALostOnesTasksRunAgainWithoutBurningARetry) {
  scheduler s{{.prefetch = 2}};
  s.worker_joined(0, 1);
  add(s, 6);
  EXPECT_EQ(assigned_now(s).front(), 0U);
  s.worker_lost(0);
  auto all = actions_of(s);
  ASSERT_EQ(only<retry>(all).size(), 1U);  // only the one that ran
  EXPECT_EQ(only<retry>(all)[0].reason, end_reason::lost);
  EXPECT_EQ(only<stalled>(all).size(), 1U);
  EXPECT_EQ(only<stalled>(all)[0].unfinished, 6U);
  EXPECT_TRUE(actions_of(s).empty());  // said once
  s.worker_joined(1, 6);
  EXPECT_EQ(assigned_now(s), (ids{0, 1, 2, 3, 4, 5}));  // in their old order, at the front
}

TEST(Workers, StalledIsSaidOncePerState) {
  scheduler s;
  s.add();
  EXPECT_TRUE(next_of<stalled>(s).empty());  // nobody has come yet
  s.worker_joined(0, 1);
  s.worker_lost(0);
  EXPECT_EQ(next_of<stalled>(s).size(), 1U);
  s.add();
  EXPECT_TRUE(next_of<stalled>(s).empty());
  s.worker_joined(0, 1);
  EXPECT_EQ(assigned_now(s).size(), 1U);
  s.worker_lost(0);
  EXPECT_EQ(next_of<stalled>(s).size(), 1U);
}

TEST(Workers, ATaskThatKillsThemIsGivenUp) {
  scheduler s{{.prefetch = 1, .max_losses = 2}};
  add(s, 4);
  s.worker_joined(0, 1);
  (void)actions_of(s);
  s.worker_lost(0);
  s.worker_joined(1, 1);
  EXPECT_EQ(assigned_now(s), (ids{0, 1}));
  s.worker_lost(1);
  const auto given_up = next_of<give_up>(s);
  ASSERT_EQ(given_up.size(), 1U);
  EXPECT_EQ(given_up[0].task, 0U);
  EXPECT_EQ(given_up[0].reason, end_reason::lost);
  EXPECT_EQ(s.totals().lost, 1U);
}

TEST(Workers, ATaskIsNotChargedWithALossThatWasProbablyBeforeIt) {
  scheduler s{{.prefetch = 0, .max_losses = 1}};
  add(s, 2);
  s.worker_joined(0, 1);
  (void)actions_of(s);
  s.doubt(0, {0, 0});
  s.worker_lost(0);
  EXPECT_TRUE(next_of<give_up>(s).empty());
  s.worker_joined(1, 1);
  EXPECT_EQ(assigned_now(s), ids{0}) << "it is again the first";
  s.doubt(1, {0, 0});
  s.started(1, {0, 0}, {});  // it lived after all
  s.worker_lost(1);
  EXPECT_EQ(next_of<give_up>(s).size(), 1U);
  s.doubt(1, {0, 0});  // what is over, and what nobody holds, is let be
  s.doubt(1, {1, 0});
}

TEST(Workers, AFormerLifesReportsAreStale) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add();
  (void)actions_of(s);
  s.worker_lost(0);
  s.worker_lost(0);  // no harm
  EXPECT_FALSE(s.succeeded(0, {0, 0}, brief, zero));
  s.worker_joined(0, 1);
  EXPECT_EQ(next_of<assign>(s).at(0).attempts.at(0).attempt, 1U);
  EXPECT_FALSE(s.succeeded(0, {0, 0}, brief, zero));
  s.returned(0, {0, 0});
  EXPECT_TRUE(s.succeeded(0, {0, 1}, brief, zero));
}

TEST(Workers, AStoppedAttemptOfALostOneIsForgotten) {
  scheduler s;
  s.worker_joined(0, 1);
  s.add();
  (void)actions_of(s);
  s.cancel(0);
  s.worker_lost(0);
  const auto all = actions_of(s);
  EXPECT_EQ(only<give_up>(all).size(), 1U);
  EXPECT_TRUE(only<retry>(all).empty());
  EXPECT_TRUE(only<stalled>(all).empty());
}

TEST(Drain, NothingNewAndNobodyIsCharged) {
  scheduler s{{.prefetch = 1, .max_losses = 1}};
  s.worker_joined(0, 1);
  add(s, 5);
  EXPECT_EQ(assigned_now(s), (ids{0, 1}));
  s.drain(0);
  EXPECT_TRUE(actions_of(s).empty());
  s.returned(0, {1, 0});
  EXPECT_TRUE(actions_of(s).empty());
  s.worker_lost(0);  // ended while task 0 ran: it was told to
  const auto all = actions_of(s);
  EXPECT_TRUE(only<give_up>(all).empty());
  EXPECT_EQ(only<stalled>(all).size(), 1U);
  EXPECT_EQ(s.totals().workers_lost, 0U);
  EXPECT_EQ(s.totals().returned, 2U);
  s.worker_joined(1, 1);
  EXPECT_EQ(assigned_now(s), (ids{0, 1}));
}

TEST(Drain, WhatIsInterruptedRunsElsewhereAndIsNotCharged) {
  scheduler s{{.prefetch = 0}};
  s.worker_joined(0, 2);
  add(s, 2);
  EXPECT_EQ(assigned_now(s), (ids{0, 1}));
  s.drain(0);
  s.cancel(1);
  (void)actions_of(s);
  EXPECT_TRUE(s.interrupted(0, {0, 0}, lengthy));
  EXPECT_FALSE(s.interrupted(0, {1, 0}, lengthy)) << "it was stopped";
  EXPECT_FALSE(s.interrupted(0, {0, 0}, lengthy)) << "it is not there any more";
  const auto all = actions_of(s);
  EXPECT_TRUE(only<give_up>(all).empty());
  EXPECT_TRUE(only<retry>(all).empty());
  EXPECT_EQ(s.worker(0).busy, 2 * lengthy);
  EXPECT_EQ(s.worker(0).assigned, 0U);
  EXPECT_EQ(s.totals().failed, 0U);
  s.worker_joined(1, 1);
  EXPECT_EQ(assigned_now(s), (ids{0}));
}

TEST(Recall, FromTheWorkerWithMostWhenSomebodyIsIdle) {
  scheduler s = with_reserve(4);
  s.worker_joined(1, 1);
  const auto asked = next_of<recall>(s);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].worker, 0U);
  EXPECT_EQ(asked[0].most, 2U);  // half of what waits there
  EXPECT_TRUE(actions_of(s).empty());
  s.returned(0, {4, 0});
  const auto given = next_of<assign>(s);
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0].worker, 1U);
  EXPECT_EQ(given[0].attempts[0].task, 4U);
  EXPECT_EQ(given[0].attempts[0].attempt, 1U);
  s.recalled(0);
  EXPECT_TRUE(actions_of(s).empty());
}

TEST(Recall, AnEmptyAnswerIsNotAskedForAgain) {
  scheduler s = with_reserve(2);
  s.worker_joined(1, 1);
  ASSERT_EQ(next_of<recall>(s).size(), 1U);
  s.recalled(0);
  EXPECT_TRUE(actions_of(s).empty());
  s.worker_joined(2, 1);
  EXPECT_TRUE(actions_of(s).empty());
  s.cancel(0);
  s.failed(0, {0, 0}, brief, zero);
  s.failed(0, {1, 0}, brief, zero);
  s.failed(0, {2, 0}, brief, zero);
  add(s, 6);  // three go to the idle, the rest is somebody's reserve
  EXPECT_EQ(assigned_now(s).size(), 6U);
  for (const worker_id w : {0U, 1U, 2U}) EXPECT_GE(s.worker(w).assigned, 1U);
  s.worker_joined(3, 1);
  EXPECT_EQ(next_of<recall>(s).size(), 1U);
}

TEST(Recall, ALostWorkersAnswerIsNotWaitedFor) {
  scheduler s = with_reserve(2);
  s.worker_joined(1, 1);
  ASSERT_EQ(next_of<recall>(s).size(), 1U);
  s.worker_lost(0);
  EXPECT_EQ(assigned_now(s).size(), 3U);
  s.worker_joined(2, 1);
  EXPECT_EQ(next_of<recall>(s).size(), 1U);
}

TEST(Slots, IdleWorkersComeBeforeReserves) {
  scheduler s{{.how = schedule::self, .prefetch = 5}};
  s.worker_joined(0, 2);
  s.worker_joined(1, 2);
  add(s, 4);
  (void)actions_of(s);
  EXPECT_EQ(s.worker(0).assigned, 2U);
  EXPECT_EQ(s.worker(1).assigned, 2U);
}

TEST(Slots, OneFreeSlotOfALargeWorkerDoesNotTakeWhatOthersAreIdleFor) {
  scheduler s{{.how = schedule::guided, .prefetch = 100}};
  s.worker_joined(0, 10);
  add(s, 9);
  (void)actions_of(s);
  s.worker_joined(1, 3);
  add(s, 4);
  const auto all = actions_of(s);
  EXPECT_EQ(s.worker(0).assigned, 10U);
  EXPECT_EQ(s.worker(1).assigned, 3U);
  EXPECT_TRUE(only<recall>(all).empty());
}

TEST(Resize, MoreSlotsGetMoreTasks) {
  scheduler s{{.prefetch = 0}};
  s.worker_joined(0, 1);
  add(s, 4);
  EXPECT_EQ(assigned_now(s), ids{0});
  s.resize(0, 3);  // task 0 waits for one that it has added
  EXPECT_EQ(assigned_now(s), (ids{1, 2}));
  EXPECT_EQ(s.worker(0).slots, 3U);
}

TEST(Resize, FewerSlotsGetNothingBeforeOneIsFree) {
  scheduler s{{.prefetch = 0}};
  s.worker_joined(0, 3);
  add(s, 5);
  EXPECT_EQ(assigned_now(s), (ids{0, 1, 2}));
  s.resize(0, 1);
  EXPECT_TRUE(actions_of(s).empty());
  for (const task_id t : {0U, 1U}) {
    EXPECT_TRUE(s.succeeded(0, {t, 0}, brief, zero));
    EXPECT_TRUE(next_of<assign>(s).empty());
  }
  EXPECT_TRUE(s.succeeded(0, {2, 0}, brief, zero));
  EXPECT_EQ(assigned_now(s), ids{3});
}

TEST(Resize, WhatWaitsThereRunsInTheNewSlotsAndIsNotAskedFor) {
  scheduler s = with_reserve(2);
  s.resize(0, 3);
  s.worker_joined(1, 1);
  EXPECT_TRUE(actions_of(s).empty());
  s.resize(0, 1);
  EXPECT_EQ(next_of<recall>(s).size(), 1U);
}

TEST(Resize, ALossIsChargedToWhatRanInTheSlotsThatThereWere) {
  scheduler s = with_reserve(2);
  s.resize(0, 2);
  s.worker_lost(0);
  EXPECT_EQ(next_of<retry>(s).size(), 2U);
}

TEST(Resize, OfADrainingOrAbsentWorker) {
  scheduler s{{.prefetch = 0}};
  s.worker_joined(0, 1);
  add(s, 3);
  EXPECT_EQ(assigned_now(s), ids{0});
  s.drain(0);
  s.resize(0, 2);
  EXPECT_TRUE(actions_of(s).empty());
  s.worker_lost(0);
  s.resize(0, 5);
  s.worker_joined(0, 1);
  EXPECT_EQ(assigned_now(s).size(), 1U);
  EXPECT_THROW(s.resize(0, 0), cohort::argument_error);
  EXPECT_THROW(s.resize(1, 1), cohort::argument_error);
}
