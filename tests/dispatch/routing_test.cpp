#include "actions.hpp"

#include <gtest/gtest.h>

using namespace cohort::dispatch;
using namespace cohort::dispatch::testing;

using ids = std::vector<task_id>;

namespace {

void serve(scheduler& s, worker_id w, std::vector<queue_id> queues) {
  s.serve(w, queues);
}

}  // namespace

TEST(Queues, AWorkerGetsOnlyWhatItServes) {
  scheduler s{{.how = schedule::self, .prefetch = 10}};
  s.worker_joined(0, 1);
  s.worker_joined(1, 1);
  serve(s, 0, {2});
  serve(s, 1, {1, 70});
  add(s, 2, {.queue = 1});
  add(s, 2, {.queue = 2});
  add(s, 2, {.queue = 70});
  add(s, 2, {.queue = 3});
  ids of_0;
  ids of_1;
  for (const assign& a : next_of<assign>(s)) {
    for (const attempt_ref ref : a.attempts) (a.worker == 0 ? of_0 : of_1).push_back(ref.task);
  }
  EXPECT_EQ(of_0, (ids{2, 3}));
  EXPECT_EQ(of_1, (ids{0, 1, 4, 5}));
  EXPECT_EQ(s.totals().queued, 2U);
  s.worker_joined(2, 1);  // serves all
  EXPECT_EQ(assigned_now(s), (ids{6, 7}));
}

TEST(Queues, PrioritiesThenOrderOfAdditionAcrossThem) {
  scheduler s{{.how = schedule::self, .prefetch = 100}};
  s.add({.queue = 1});
  s.add({.queue = 0});
  s.add({.priority = 1, .queue = 2});
  s.add({.queue = 1});
  s.add({.priority = 1, .queue = 0});
  s.worker_joined(0, 1);
  EXPECT_EQ(assigned_now(s), (ids{2, 4, 0, 1, 3}));
}

TEST(Queues, WhatComesBackIsFirst) {
  scheduler s{{.prefetch = 0}};
  s.worker_joined(0, 1);
  s.add({.queue = 1});
  s.add({.queue = 0});
  s.add({.retries = 1, .queue = 3});
  EXPECT_EQ(assigned_now(s), ids{0});
  s.cancel(1);
  s.succeeded(0, {0, 0}, brief, zero);
  EXPECT_EQ(assigned_now(s), ids{2});
  s.add({.queue = 0});
  s.failed(0, {2, 0}, brief, zero);
  EXPECT_EQ(assigned_now(s), ids{2});
}

TEST(Queues, NobodyServesTheRest) {
  scheduler s;
  s.worker_joined(0, 1);
  serve(s, 0, {1});
  s.add({.queue = 1});
  s.add({.queue = 2});
  EXPECT_EQ(assigned_now(s), ids{0});
  EXPECT_TRUE(next_of<stalled>(s).empty());  // task 0 may yet add some
  s.succeeded(0, {0, 0}, brief, zero);
  const auto said = next_of<stalled>(s);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].unfinished, 1U);
  EXPECT_TRUE(actions_of(s).empty());
  s.add({.queue = 1});
  EXPECT_EQ(assigned_now(s), ids{2});
  s.succeeded(0, {2, 0}, brief, zero);
  EXPECT_EQ(next_of<stalled>(s).size(), 1U);  // again: in between it was not
  s.serve_all(0);
  EXPECT_EQ(assigned_now(s), ids{1});
}

TEST(Queues, ADelayedTaskThatSomebodyServesIsNotStalled) {
  scheduler s;
  s.worker_joined(0, 1);
  serve(s, 0, {1});
  s.add({.not_before = time_point{10}, .queue = 1});
  s.add({.queue = 2});
  EXPECT_TRUE(next_of<stalled>(s).empty());
  serve(s, 0, {3});
  EXPECT_EQ(next_of<stalled>(s).size(), 1U);
}

TEST(Queues, OfALostWorkerServesAllAgain) {
  scheduler s;
  s.worker_joined(0, 1);
  serve(s, 0, {1});
  s.worker_lost(0);
  serve(s, 0, {1});  // not here: no effect
  s.worker_joined(0, 1);
  s.add({.queue = 2});
  EXPECT_EQ(assigned_now(s), ids{0});
}

TEST(Queues, WhatIsHeldStaysWhenTheWorkerServesOthers) {
  scheduler s{{.how = schedule::self, .prefetch = 1}};
  s.worker_joined(0, 1);
  add(s, 3);
  EXPECT_EQ(assigned_now(s), (ids{0, 1}));
  serve(s, 0, {1});
  EXPECT_TRUE(s.succeeded(0, {0, 0}, brief, zero));
  EXPECT_TRUE(next_of<assign>(s).empty());
  EXPECT_TRUE(s.succeeded(0, {1, 0}, brief, zero));
  EXPECT_EQ(next_of<stalled>(s).size(), 1U);
}

TEST(Queues, IdleWorkersOfOtherQueuesCauseNoRecall) {
  scheduler s{{.how = schedule::self, .prefetch = 4}};
  s.worker_joined(0, 1);
  serve(s, 0, {0, 1});
  add(s, 5);
  EXPECT_EQ(assigned_now(s).size(), 5U);
  s.worker_joined(1, 1);
  serve(s, 1, {1});
  EXPECT_TRUE(actions_of(s).empty());
  s.worker_joined(2, 1);
  serve(s, 2, {0});
  const auto asked = next_of<recall>(s);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].most, 2U);
}

TEST(Queues, ARecallReachesWhatHelps) {
  scheduler s{{.how = schedule::self, .prefetch = 4}};
  s.worker_joined(0, 1);
  add(s, 2);
  s.add({.queue = 1});
  add(s, 2);
  EXPECT_EQ(assigned_now(s), (ids{0, 1, 2, 3, 4}));
  s.worker_joined(1, 1);
  serve(s, 1, {1});
  const auto asked = next_of<recall>(s);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].most, 3U);  // 4 and 3 lie behind it
  for (const task_id t : {4U, 3U, 2U}) s.returned(0, {t, 0});
  s.recalled(0);
  const auto given = next_of<assign>(s);
  ASSERT_EQ(given.size(), 3U);
  EXPECT_EQ(given[0].worker, 1U);
  EXPECT_EQ(given[0].attempts.at(0).task, 2U);
  EXPECT_EQ(given[1].worker, 0U);
}

TEST(Queues, IdleWorkersComeBeforeReservesOfTheirQueueOnly) {
  scheduler s{{.how = schedule::self, .prefetch = 100}};
  s.worker_joined(0, 1);
  serve(s, 0, {0});
  s.worker_joined(1, 8);
  serve(s, 1, {1});
  add(s, 3);  // more free slots than tasks, but none for these
  (void)actions_of(s);
  EXPECT_EQ(s.worker(0).assigned, 3U);
}

TEST(Queues, SetsOfQueuesThatNobodyServesAnyMoreAreForgotten) {
  scheduler s;
  s.worker_joined(0, 1);
  for (queue_id q = 0; q < 1000; ++q) {
    serve(s, 0, {q, static_cast<queue_id>(q + 1)});
    s.add({.queue = q});
    EXPECT_EQ(assigned_now(s), ids{q});
    s.succeeded(0, {q, 0}, brief, zero);
    (void)actions_of(s);
  }
}

TEST(Queues, MisuseIsAnArgumentError) {
  scheduler s;
  EXPECT_THROW(serve(s, 0, {1}), cohort::argument_error);
  EXPECT_THROW(s.serve_all(0), cohort::argument_error);
  s.worker_joined(0, 1);
  EXPECT_THROW(serve(s, 0, {}), cohort::argument_error);
  s.add();
  EXPECT_EQ(assigned_now(s), ids{0});
}
