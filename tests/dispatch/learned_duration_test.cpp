#include <cohort/core/error.hpp>
#include <cohort/dispatch/learned_duration.hpp>
#include <cohort/dispatch/time_limit.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace cohort::dispatch;
using namespace std::chrono_literals;

using random_engine = std::mt19937_64;

struct distribution {
  std::string name;
  std::function<double(random_engine&)> draw;  ///< seconds
};

std::vector<distribution> distributions() {
  const auto uniform = [](random_engine& r) { return std::uniform_real_distribution{0.0, 1.0}(r); };
  return {{"constant", [](random_engine&) { return 7.0; }},
          {"uniform", [uniform](random_engine& r) { return 10 * uniform(r); }},
          {"exponential", [](random_engine& r) { return std::exponential_distribution{0.1}(r); }},
          {"lognormal",
           [](random_engine& r) {
             return std::lognormal_distribution{1.0, 1.5}(r);
           }},
          {"pareto", [uniform](random_engine& r) { return std::pow(1 - uniform(r), -1 / 1.1); }},
          {"mixed", [uniform](random_engine& r) { return uniform(r) < 0.3 ? 100.0 : 1.0; }}};
}

duration seconds(double amount) {
  return std::chrono::duration_cast<duration>(std::chrono::duration<double>{amount});
}

TEST(LearnedDuration, NothingIsKnownAtFirst) {
  const learned_duration learned;
  EXPECT_FALSE(learned.bound(5s));
  EXPECT_FALSE(learned.bound(5s, 1s));
}

TEST(LearnedDuration, OfFewTheGreatestAndAnEighthMore) {
  learned_duration learned;
  learned.learn(4s);
  EXPECT_EQ(learned.bound(0s), 4500ms);
  learned.learn(8s);
  learned.learn(2s);
  EXPECT_EQ(learned.bound(0s), 9s);
  EXPECT_EQ(learned.bound(0s, 8500ms), 8500ms);
  EXPECT_EQ(learned.bound(0s, 11s), 9s);
  learned.learn(duration::max());
  EXPECT_EQ(learned.bound(0s), duration::max());
}

TEST(LearnedDuration, IsTheRightOrderStatistic) {
  random_engine random{1};
  for (const std::size_t n : {19U, 20U, 39U, 100U, 256U}) {
    learned_duration learned;
    std::vector<duration> all;
    for (std::size_t i = 0; i != n; ++i) all.emplace_back(static_cast<duration::rep>(random() % 1'000'000));
    for (const auto d : all) learned.learn(d);
    std::sort(all.begin(), all.end());
    const auto k = static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(n + 1) - 1e-6));
    EXPECT_EQ(learned.bound(0s), all.at(k - 1)) << n;
  }
}

TEST(LearnedDuration, CoversTheNextTaskWhateverTheDistribution) {
  random_engine random{2};
  for (const auto& d : distributions()) {
    constexpr int trials = 6000;
    int longer = 0;
    for (int t = 0; t != trials; ++t) {
      learned_duration learned{0.9, 64};
      const auto n = 9 + random() % 50;
      for (std::uint64_t i = 0; i != n; ++i) learned.learn(seconds(d.draw(random)));
      if (seconds(d.draw(random)) > *learned.bound(0s)) ++longer;
    }
    EXPECT_LE(longer, trials / 10 + 70) << d.name;  // three standard deviations
  }
}

TEST(LearnedDuration, WhatStillRunsCounts) {
  learned_duration learned;
  std::vector<std::uint64_t> longs;
  for (int i = 0; i != 10; ++i) longs.push_back(learned.begun(0s));
  for (int i = 0; i != 90; ++i) learned.ended(learned.begun(0s), 1s);
  EXPECT_GE(learned.bound(1000s), 1000s);  // nine in ten were short: not nineteen in twenty
  for (const auto number : longs) learned.ended(number, 2000s);
  EXPECT_EQ(learned.bound(3000s), 2000s);
}

TEST(LearnedDuration, WhatWasJustBegunSaysNothing) {
  learned_duration learned;
  for (int i = 0; i != 100; ++i) learned.learn(10s);
  for (int i = 0; i != 500; ++i) (void)learned.begun(100s);
  EXPECT_EQ(learned.bound(101s), 10s);
}

TEST(LearnedDuration, ForgetsWhatIsLongAgo) {
  learned_duration learned{0.95, 50};
  const auto old = learned.begun(0s);
  for (int i = 0; i != 50; ++i) learned.learn(100s);
  learned.ended(old, 10'000s);
  EXPECT_EQ(learned.bound(200s), 100s);
  for (int i = 0; i != 50; ++i) learned.learn(1s);
  EXPECT_EQ(learned.bound(200s), 1s);
}

TEST(LearnedDuration, WhatWasStoppedDoesNotCount) {
  learned_duration learned;
  const auto one = learned.begun(0s);
  EXPECT_EQ(learned.bound(8s), 9s);
  learned.withdrawn(one);
  EXPECT_FALSE(learned.bound(8s));
  learned.withdrawn(17);  // never begun
  learned.ended(17, 5s);
  EXPECT_FALSE(learned.bound(8s));
}

TEST(LearnedDuration, RefusesWhatMakesNoSense) {
  EXPECT_THROW(learned_duration(0.0), cohort::argument_error);
  EXPECT_THROW(learned_duration(1.0), cohort::argument_error);
  EXPECT_THROW(learned_duration(std::nan("")), cohort::argument_error);
  EXPECT_THROW(learned_duration(0.9, 0), cohort::argument_error);
}

TEST(TimeLimit, LeavesTheReserveFree) {
  constexpr time_limit limit{10s, 100s, 20s};
  EXPECT_EQ(limit.closing(), 80s);
  EXPECT_TRUE(limit.may_start(10s, 70s));
  EXPECT_TRUE(limit.may_start(79s, 1s));
  EXPECT_FALSE(limit.may_start(79s, 1s + 1ns));
  EXPECT_FALSE(limit.may_start(80s, 0s));
  EXPECT_FALSE(limit.may_start(300s, 0s));
  EXPECT_FALSE(limit.may_start(20s, duration::max()));
  EXPECT_TRUE(limit.ever_fits(70s));
  EXPECT_FALSE(limit.ever_fits(71s));
}

TEST(TimeLimit, MayBeEndlessOrHaveNoTime) {
  constexpr time_limit endless{5s};
  EXPECT_TRUE(endless.may_start(1000h, 100h));
  EXPECT_FALSE((time_limit{10s, 100s, 90s}.may_start(10s, 0s)));
  EXPECT_FALSE((time_limit{10s, 100s, duration::max()}.may_start(10s, 0s)));
  EXPECT_FALSE((time_limit{10s, 5s, 0s}.may_start(10s, 0s)));
}

/// A run on some slots until its limit. If everything were begun, each slot would be cut off at the end.
TEST(LearnedDuration, InARunFewAreBegunThatCannotEnd) {
  constexpr std::size_t slots = 40;
  constexpr int runs = 10;
  for (const auto& d : distributions()) {
    random_engine random{3};
    std::uint64_t begun = 0;
    std::uint64_t cut_off = 0;
    for (int run = 0; run != runs; ++run) {
      const time_limit limit{0s, 1000s, 20s};
      learned_duration learned{0.95, 200};
      struct running {
        time_point end;
        duration took;
        std::uint64_t number;
        bool operator<(const running& other) const { return end > other.end; }
      };
      std::priority_queue<running> busy;
      const auto begin = [&](time_point now) {
        if (!limit.may_start(now, learned.bound(now).value_or(0s))) return;
        const auto took = std::max(seconds(d.draw(random)), duration{1ms});
        ++begun;
        if (took > limit.closing() - now) ++cut_off;
        busy.push({now + took, took, learned.begun(now)});
      };
      for (std::size_t s = 0; s != slots; ++s) begin(0s);
      while (!busy.empty() && busy.top().end < limit.closing()) {
        const auto one = busy.top();
        busy.pop();
        learned.ended(one.number, one.took);
        begin(one.end);
      }
    }
    EXPECT_GT(begun, slots * runs * 10) << d.name;
    const bool bounded = d.name == "constant" || d.name == "uniform" || d.name == "mixed";
    EXPECT_LE(cut_off, slots * runs / (bounded ? 20 : 2)) << d.name << ' ' << begun;
  }
}

}  // namespace
