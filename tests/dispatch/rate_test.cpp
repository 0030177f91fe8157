#include <cohort/dispatch/detail/token_bucket.hpp>

#include "actions.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

using namespace cohort::dispatch;
using namespace cohort::dispatch::testing;

using ids = std::vector<task_id>;

namespace {

constexpr double forever = std::numeric_limits<double>::infinity();

constexpr time_point at(std::int64_t t) {
  return time_point{t};
}

/// A worker with many slots, and a queue of which one task per microsecond may begin, at time 1000.
scheduler with_rate(std::uint32_t burst, std::uint32_t slots = 100) {
  scheduler s{{.prefetch = 0}};
  s.tick(at(1000));
  s.worker_joined(0, slots);
  s.limit_rate(3, 1e6, burst);
  return s;
}

}  // namespace

TEST(TokenBucket, NeverAboveTheRateInAnyWindow) {
  std::mt19937_64 random{7};
  for (const double per_second : {3.0, 1e3, 3e6, 2.7e8, 1e9}) {
    for (const std::uint32_t burst : {1U, 2U, 50U}) {
      detail::token_bucket bucket{per_second, burst};
      std::vector<time_point> taken;
      time_point now{5};
      const auto step = static_cast<std::uint64_t>(3e9 / per_second) + 1;
      while (taken.size() < 300) {
        for (; bucket.ready_at() <= now; bucket.take(now)) taken.push_back(now);
        now += duration{random() % step};
      }
      for (std::size_t i = 0; i < taken.size(); ++i) {
        for (std::size_t j = i; j < taken.size(); ++j) {
          const double seconds = static_cast<double>((taken[j] - taken[i]).count()) * 1e-9;
          ASSERT_LE(static_cast<double>(j - i + 1), burst + seconds * per_second + 1e-6);
        }
      }
    }
  }
}

TEST(TokenBucket, GivesAllThatTheRateAllows) {
  detail::token_bucket bucket{1e6, 4};
  time_point now{0};
  std::uint64_t taken = 0;
  for (; now < time_point{1'000'000}; now = bucket.ready_at()) {
    bucket.take(now);
    ++taken;
  }
  EXPECT_EQ(taken, 1003U);
}

TEST(TokenBucket, ExtremeRates) {
  detail::token_bucket slow{1e-300, ~std::uint32_t{0}};
  slow.take(at(1));
  EXPECT_LE(slow.ready_at(), at(1));
  detail::token_bucket once{1e-300, 1};
  once.take(at(1));
  EXPECT_GT(once.ready_at(), at(3'000'000'000'000'000'000));
  detail::token_bucket fast{1e300, 1};
  fast.take(at(1));
  EXPECT_EQ(fast.ready_at(), at(2));
}

TEST(Rates, ABurstAndThenOneByOne) {
  scheduler s = with_rate(3);
  add(s, 10, {.queue = 3});
  EXPECT_EQ(assigned_now(s), (ids{0, 1, 2}));
  EXPECT_EQ(s.deadline(), at(2000));
  s.tick(at(1999));
  EXPECT_TRUE(actions_of(s).empty());
  s.tick(at(2000));
  EXPECT_EQ(assigned_now(s), ids{3});
  s.tick(at(4500));
  EXPECT_EQ(assigned_now(s), (ids{4, 5}));
  EXPECT_EQ(s.deadline(), at(5000));
}

TEST(Rates, AnyEventThatTellsTheTimeBringsTokens) {
  scheduler s = with_rate(1);
  add(s, 4, {.queue = 3});
  EXPECT_EQ(assigned_now(s), ids{0});
  s.started(0, {0, 0}, at(2000));
  EXPECT_EQ(assigned_now(s), ids{1});
  s.succeeded(0, {0, 0}, brief, at(3000));
  EXPECT_EQ(assigned_now(s), ids{2});
  s.failed(0, {0, 0}, brief, at(4000));  // stale, but it is that late
  EXPECT_EQ(assigned_now(s), ids{3});
  EXPECT_FALSE(s.deadline()) << "nobody waits for the next token";
}

TEST(Rates, OtherQueuesGoOn) {
  scheduler s = with_rate(1);
  s.add({.priority = 5, .queue = 3});
  s.add({.priority = 5, .queue = 3});
  add(s, 2);
  EXPECT_EQ(assigned_now(s), (ids{0, 2, 3}));
  s.cancel(1);
  EXPECT_FALSE(s.deadline());
}

TEST(Rates, NothingLimitedWaitsAtAWorker) {
  scheduler s{{.how = schedule::self, .prefetch = 5}};
  s.tick(at(1000));
  s.worker_joined(0, 1);
  s.limit_rate(3, 1e6, 100);
  add(s, 3, {.priority = 1, .queue = 3});
  add(s, 3);
  EXPECT_EQ(assigned_now(s), (ids{0, 3, 4, 5}));  // though tokens were there
  EXPECT_FALSE(s.deadline());
}

TEST(Rates, RetriesCostATokenToo) {
  scheduler s = with_rate(1);
  s.add({.retries = 1, .queue = 3});
  EXPECT_EQ(assigned_now(s), ids{0});
  s.failed(0, {0, 0}, brief, at(1500));
  EXPECT_TRUE(next_of<assign>(s).empty());
  s.tick(at(2000));
  EXPECT_EQ(assigned_now(s), ids{0});
}

TEST(Rates, AreLiftedByInfinity) {
  scheduler s = with_rate(1);
  add(s, 5, {.queue = 3});
  EXPECT_EQ(assigned_now(s), ids{0});
  s.limit_rate(3, forever);
  EXPECT_EQ(assigned_now(s), (ids{1, 2, 3, 4}));
  EXPECT_FALSE(s.deadline());
}

TEST(Rates, AnotherRateDoesNotFillTheBucket) {
  scheduler s = with_rate(4);
  add(s, 20, {.queue = 3});
  EXPECT_EQ(assigned_now(s).size(), 4U);
  for (int i = 0; i < 10; ++i) s.limit_rate(3, i % 2 == 0 ? 1e5 : 1e6, 4);
  EXPECT_TRUE(next_of<assign>(s).empty());
  s.limit_rate(3, 1e5, 4);
  EXPECT_EQ(s.deadline(), at(11'000));
  s.limit_rate(3, 1e6, 6);  // two more fit in now, but four are missing
  EXPECT_EQ(assigned_now(s).size(), 2U);
}

TEST(Rates, WaitForTheFirstTimeThatIsTold) {
  scheduler s;
  s.worker_joined(0, 1);
  s.limit_rate(0, 1e6, 2);
  add(s, 5);
  EXPECT_TRUE(actions_of(s).empty());
  ASSERT_TRUE(s.deadline());
  EXPECT_LT(*s.deadline(), at(0));  // at once
  s.tick(at(0));
  EXPECT_EQ(assigned_now(s), ids{0});
}

TEST(Rates, AreNoReasonToCallItStalled) {
  scheduler s = with_rate(1, 1);
  add(s, 2, {.queue = 3});
  EXPECT_EQ(assigned_now(s), ids{0});
  s.succeeded(0, {0, 0}, brief, at(1001));
  EXPECT_TRUE(next_of<stalled>(s).empty());
  s.worker_lost(0);
  EXPECT_EQ(next_of<stalled>(s).size(), 1U);
}

TEST(Rates, MisuseIsAnArgumentError) {
  scheduler s;
  for (const double rate : {0.0, -1.0, -forever, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(s.limit_rate(0, rate), cohort::argument_error);
  }
  EXPECT_THROW(s.limit_rate(0, 1, 0), cohort::argument_error);
  s.check();
}
