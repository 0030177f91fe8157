#include "actions.hpp"

#include <gtest/gtest.h>

#include <deque>

using namespace cohort::dispatch;
using namespace cohort::dispatch::testing;

namespace {

/// Plays the owner and its workers: each runs what it holds in order. Returns the most that a worker held at a
/// time.
std::uint32_t play(scheduler& s, duration took, int reports) {
  std::deque<std::pair<worker_id, attempt_ref>> held;
  std::uint32_t most = 0;
  for (int i = 0; i <= reports; ++i) {
    for (const assign& a : next_of<assign>(s)) {
      for (const attempt_ref ref : a.attempts) held.emplace_back(a.worker, ref);
      most = std::max(most, s.worker(a.worker).assigned);
    }
    if (held.empty() || i == reports) break;
    s.succeeded(held.front().first, held.front().second, took, zero);
    held.pop_front();
  }
  return most;
}

}  // namespace

TEST(Credit, OneAttemptPerSlotBeforeTheCostIsKnown) {
  scheduler s;
  s.worker_joined(0, 3);
  s.worker_joined(1, 1);
  add(s, 1000);
  EXPECT_EQ(assigned_now(s).size(), 4U);
  EXPECT_EQ(s.worker(0).assigned, 3U);
}

TEST(Credit, TwoQuantaOfTinyTasks) {
  scheduler s{{.quantum = duration{100'000}}};
  s.worker_joined(0, 1);
  add(s, 10'000);
  EXPECT_EQ(play(s, duration{1'000}, 2'000), 201U);  // two messages of 100 beside the running one
  EXPECT_LT(s.totals().assigns, 60U);
}

TEST(Credit, FourTasksOutstandingAtLeastIfTheyAreShort) {
  scheduler s{{.quantum = duration{100'000}}};
  s.worker_joined(0, 1);
  add(s, 1000);
  EXPECT_EQ(play(s, duration{90'000}, 100), 4U);
}

TEST(Credit, OneInReserveIfTheyAreLong) {
  scheduler s;
  s.worker_joined(0, 1);
  add(s, 100);
  EXPECT_EQ(play(s, lengthy, 50), 2U);
}

TEST(Credit, APrefetchThatWasAskedForIsKept) {
  for (const std::uint32_t prefetch : {0U, 1U, 7U}) {
    scheduler s{{.prefetch = prefetch}};
    s.worker_joined(0, 2);
    add(s, 1000);
    EXPECT_EQ(play(s, brief, 200), prefetch + 2);
  }
}

TEST(Credit, GrowsSlowlyFromTheFirstSample) {
  scheduler s;
  s.worker_joined(0, 1);
  add(s, 100'000);
  EXPECT_LE(play(s, duration{0}, 1), 5U);
}

TEST(Credit, MessagesAreBounded) {
  scheduler s{{.max_batch = 10}};
  s.worker_joined(0, 64);
  add(s, 5'000);
  for (int i = 0; i < 3; ++i) {
    for (const assign& a : next_of<assign>(s)) {
      EXPECT_LE(a.attempts.size(), 10U);
      for (const attempt_ref ref : a.attempts) s.succeeded(0, ref, duration{1}, zero);
    }
  }
}

TEST(Credit, SelfSchedulingSendsOneByOne) {
  scheduler s{{.how = schedule::self}};
  s.worker_joined(0, 2);
  add(s, 100);
  for (int i = 0; i < 10; ++i) {
    for (const assign& a : next_of<assign>(s)) {
      EXPECT_EQ(a.attempts.size(), 1U);
      s.succeeded(0, a.attempts[0], brief, zero);
    }
  }
}

TEST(Credit, FactoringLeavesHalfForTheOthers) {
  scheduler s{{.prefetch = 1'000'000}};
  for (worker_id w = 0; w < 4; ++w) s.worker_joined(w, 1);
  add(s, 800);
  std::vector<std::size_t> portions;
  for (const assign& a : next_of<assign>(s)) portions.push_back(a.attempts.size());
  ASSERT_GE(portions.size(), 4U);
  for (const std::size_t portion : portions) EXPECT_LE(portion, 100U);
  EXPECT_GT(s.totals().queued, 300U);
}

TEST(Credit, SmallMessagesDoNotShrinkTheReserveOfShortTasks) {
  for (const settings& how : {settings{.max_batch = 1}, settings{.how = schedule::self}}) {
    scheduler s{how};
    s.worker_joined(0, 1);
    add(s, 1000);
    EXPECT_GE(play(s, brief, 100), 4U);
  }
}
