#include <cohort/dispatch/detail/speeds.hpp>

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

TEST(Speeds, AreRelativeToTheMeanOfAllSlots) {
  detail::speeds s;
  EXPECT_EQ(s.relative(0), 1);
  s.count(0, 1);
  s.count(1, 3);
  s.learn(0, duration{100});
  EXPECT_DOUBLE_EQ(s.relative(0), 1);  // the only one that is known
  EXPECT_DOUBLE_EQ(s.relative(1), 1);
  s.learn(1, duration{300});
  EXPECT_DOUBLE_EQ(s.relative(0), 2);  // power: 1/100 + 3/300 in four slots
  EXPECT_DOUBLE_EQ(s.relative(1), 2.0 / 3);
  s.count(1, 0);  // leaves
  EXPECT_DOUBLE_EQ(s.relative(0), 1);
  for (int i = 0; i < 200; ++i) s.learn(0, duration{50});
  s.count(1, 1);
  EXPECT_NEAR(s.relative(0), 12.0 / 7, 1e-3);
}

TEST(Speeds, AFasterWorkerGetsLargerPortions) {
  const auto ratio = [](schedule how) {
    scheduler s{{.how = how, .quantum = duration{100'000}}};
    s.worker_joined(0, 1);
    s.worker_joined(1, 1);
    add(s, 100'000);
    std::size_t most[2] = {0, 0};
    for (int round = 0; round < 60; ++round) {
      for (const assign& a : next_of<assign>(s)) {
        if (round > 40) most[a.worker] = std::max(most[a.worker], a.attempts.size());
        for (const attempt_ref ref : a.attempts) {
          s.succeeded(a.worker, ref, duration{a.worker == 0 ? 1'000 : 4'000}, zero);
        }
      }
    }
    return static_cast<double>(most[0]) / static_cast<double>(most[1]);
  };
  EXPECT_NEAR(ratio(schedule::adaptive), 4, 0.5);
  EXPECT_NEAR(ratio(schedule::factoring), 1, 0.2);
}

TEST(Speeds, FailuresDoNotMakeAWorkerFast) {
  // Everything fails at once on worker 0. If that counted as speed, worker 1 would seem ever so slow beside it, and
  // would get one task at a time.
  scheduler s{{.how = schedule::adaptive}};
  s.worker_joined(0, 1);
  s.worker_joined(1, 1);
  add(s, 100'000);
  std::size_t largest = 0;
  for (int round = 0; round < 20; ++round) {
    for (const assign& a : next_of<assign>(s)) {
      if (a.worker == 1 && round >= 10) largest = std::max(largest, a.attempts.size());
      for (const attempt_ref ref : a.attempts) {
        if (a.worker == 0) {
          s.failed(0, ref, duration{1}, zero);
        } else {
          s.succeeded(1, ref, duration{10'000}, zero);
        }
      }
    }
  }
  EXPECT_GT(largest, 10U);
}
