#include "actions.hpp"

#include <gtest/gtest.h>

using namespace cohort::dispatch;
using namespace cohort::dispatch::testing;

using ids = std::vector<task_id>;

namespace {

constexpr time_point at(std::int64_t t) {
  return time_point{t};
}

scheduler one_worker(std::uint32_t slots = 1) {
  scheduler s{{.prefetch = 0}};
  s.worker_joined(0, slots);
  return s;
}

}  // namespace

TEST(NotBefore, HoldsATaskUntilItsMoment) {
  scheduler s = one_worker(2);
  s.tick(at(10));
  s.add({.not_before = at(100)});
  s.add({.not_before = at(10)});  // has passed
  EXPECT_EQ(assigned_now(s), ids{1});
  EXPECT_EQ(s.totals().delayed, 1U);
  EXPECT_EQ(s.totals().queued, 0U);
  EXPECT_EQ(s.deadline(), at(100));
  s.tick(at(99));
  EXPECT_TRUE(actions_of(s).empty());
  s.tick(at(100));
  EXPECT_EQ(assigned_now(s), ids{0});
  EXPECT_FALSE(s.deadline());
}

TEST(NotBefore, IsBehindWhatIsQueuedThen) {
  scheduler s = one_worker(3);
  s.add({.not_before = at(5)});
  s.add({.priority = 1, .not_before = at(5)});
  s.tick(at(4));
  s.worker_lost(0);
  (void)actions_of(s);
  add(s, 1);
  s.tick(at(5));
  s.worker_joined(1, 3);
  EXPECT_EQ(assigned_now(s), (ids{1, 2, 0}));
}

TEST(NotBefore, KeepsTheSchedulerFromFinishing) {
  scheduler s = one_worker();
  s.add({.not_before = at(5)});
  s.close();
  EXPECT_TRUE(actions_of(s).empty());
  s.tick(at(5));
  EXPECT_EQ(assigned_now(s), ids{0});
  s.succeeded(0, {0, 0}, brief, at(6));
  EXPECT_EQ(next_of<finished>(s).size(), 1U);
}

TEST(NotBefore, MayBeCancelledMeanwhile) {
  for (int how = 0; how < 3; ++how) {
    scheduler s = one_worker();
    s.add({.not_before = at(5)});
    if (how == 0) s.cancel(0);
    if (how == 1) s.cancel_queued();
    if (how == 2) s.cancel_all();
    EXPECT_EQ(next_of<give_up>(s).size(), 1U);
    EXPECT_FALSE(s.deadline());
    s.tick(at(5));
    EXPECT_TRUE(actions_of(s).empty());
  }
}

TEST(Expires, AtTheLatestTimeInTheQueue) {
  scheduler s;
  add(s, 1);
  s.add({.expires = at(50)});
  EXPECT_EQ(s.deadline(), at(50));
  s.tick(at(49));
  EXPECT_TRUE(actions_of(s).empty());
  s.tick(at(50));
  const auto given_up = next_of<give_up>(s);
  ASSERT_EQ(given_up.size(), 1U);
  EXPECT_EQ(given_up[0].task, 1U);
  EXPECT_EQ(given_up[0].reason, end_reason::expired);
  EXPECT_EQ(s.totals().expired, 1U);
  EXPECT_FALSE(s.deadline());
}

TEST(Expires, AtAWorkerThatHasNotBegunIt) {
  scheduler s{{.how = schedule::self, .prefetch = 1}};
  s.worker_joined(0, 1);
  s.add({.expires = at(50)});
  s.add({.expires = at(50)});
  EXPECT_EQ(assigned_now(s), (ids{0, 1}));
  s.started(0, {0, 0}, at(49));
  EXPECT_EQ(s.deadline(), at(50));
  s.tick(at(60));
  const auto all = actions_of(s);
  ASSERT_EQ(only<stop>(all).size(), 1U);
  EXPECT_EQ(only<stop>(all)[0].attempt.task, 1U);
  EXPECT_EQ(only<stop>(all)[0].reason, end_reason::expired);
  EXPECT_EQ(only<give_up>(all).size(), 1U);
  EXPECT_TRUE(s.succeeded(0, {0, 0}, brief, at(70)));
  EXPECT_FALSE(s.succeeded(0, {1, 0}, brief, at(70)));
}

TEST(Expires, NotOnceItWasBegun) {
  scheduler s = one_worker();
  s.add({.retries = 3, .expires = at(50)});
  (void)actions_of(s);
  s.failed(0, {0, 0}, brief, at(40));  // without `started`: it has run all the same
  EXPECT_FALSE(s.deadline());
  EXPECT_EQ(assigned_now(s), ids{0});
  EXPECT_TRUE(s.interrupted(0, {0, 1}, brief));
  s.tick(at(60));
  EXPECT_EQ(assigned_now(s), ids{0});
}

TEST(Expires, AtOnceIfItIsOver) {
  for (const bool ordered : {false, true}) {
    scheduler s{{.ordered = ordered}};
    s.tick(at(50));
    EXPECT_EQ(s.add({.expires = at(50)}), 0U);
    EXPECT_EQ(s.totals().unfinished(), 0U);
    EXPECT_EQ(next_of<give_up>(s).size(), 1U);
    s.close();
    EXPECT_EQ(next_of<finished>(s).size(), 1U);
  }
}

TEST(Expires, BeforeItsMomentHasCome) {
  scheduler s = one_worker();
  s.add({.not_before = at(100), .expires = at(50)});
  s.add({.not_before = at(100), .expires = at(100)});
  EXPECT_EQ(s.deadline(), at(50));
  s.tick(at(100));
  EXPECT_EQ(next_of<give_up>(s).size(), 2U);
}

TEST(Backoff, DoublesUpToItsLimit) {
  scheduler s = one_worker();
  s.add({.retries = 4, .backoff = duration{10}, .backoff_max = duration{35}});
  time_point now{1000};
  for (attempt_id attempt = 0; const std::int64_t pause : {10, 20, 35, 35}) {
    EXPECT_EQ(assigned_now(s), ids{0});
    EXPECT_TRUE(s.failed(0, {0, attempt++}, brief, now));
    const auto all = actions_of(s);
    EXPECT_EQ(only<retry>(all).size(), 1U);
    EXPECT_TRUE(only<assign>(all).empty());
    EXPECT_EQ(s.deadline(), now + duration{pause});
    s.tick(now + duration{pause - 1});
    EXPECT_TRUE(actions_of(s).empty());
    now += duration{pause};
    s.tick(now);
  }
  EXPECT_EQ(assigned_now(s), ids{0});
  s.failed(0, {0, 4}, brief, now);
  EXPECT_EQ(next_of<give_up>(s).at(0).reason, end_reason::failed);
}

TEST(Backoff, HoldsNoSlotAndComesBackFirst) {
  scheduler s = one_worker();
  s.add({.retries = 1, .backoff = duration{10}});
  add(s, 3);
  EXPECT_EQ(assigned_now(s), ids{0});
  s.failed(0, {0, 0}, brief, at(5));
  EXPECT_EQ(assigned_now(s), ids{1});
  s.tick(at(15));
  s.succeeded(0, {1, 0}, brief, at(15));
  EXPECT_EQ(assigned_now(s), ids{0});
}

TEST(Backoff, AfterATimeoutButNotAfterALoss) {
  scheduler s = one_worker();
  s.add({.retries = 1, .timeout = duration{20}, .backoff = duration{10}});
  (void)actions_of(s);
  s.worker_lost(0);
  s.worker_joined(1, 1);
  EXPECT_EQ(assigned_now(s), ids{0});
  s.started(1, {0, 1}, at(100));
  s.tick(at(125));
  s.failed(1, {0, 1}, brief, at(126));  // frees the slot
  EXPECT_TRUE(next_of<assign>(s).empty());
  EXPECT_EQ(s.deadline(), at(135));
  s.tick(at(135));
  EXPECT_EQ(assigned_now(s), ids{0});
}

TEST(Backoff, EndlessOnesDoNotOverflow) {
  scheduler s = one_worker();
  s.add({.retries = 3, .backoff = duration::max()});
  (void)actions_of(s);
  s.failed(0, {0, 0}, brief, at(5));
  EXPECT_EQ(s.deadline(), time_point::max());
  s.cancel(0);
  s.add({.retries = 3, .backoff = duration{8}, .backoff_max = duration{0}});
  EXPECT_EQ(assigned_now(s), ids{1});
  s.failed(0, {1, 0}, brief, at(6));
  EXPECT_EQ(assigned_now(s), ids{1});
}

TEST(Times, NegativeLengthsAreAnArgumentError) {
  scheduler s;
  EXPECT_THROW(s.add({.backoff = duration{-1}}), cohort::argument_error);
  EXPECT_THROW(s.add({.backoff = duration{1}, .backoff_max = duration{-1}}), cohort::argument_error);
  EXPECT_EQ(s.totals().added, 0U);
  s.check();
}

TEST(Times, NeverGoBack) {
  scheduler s = one_worker();
  s.add({.not_before = at(100)});
  s.tick(at(100));
  EXPECT_EQ(assigned_now(s), ids{0});
  s.tick(at(50));
  s.add({.not_before = at(70)});
  s.succeeded(0, {0, 0}, brief, at(60));
  EXPECT_EQ(assigned_now(s), ids{1});
}
