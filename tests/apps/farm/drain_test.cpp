#include "farm/drain.hpp"

#include "farm/errors.hpp"
#include "farm_test_support.hpp"

namespace {

using namespace farm_test;
using cohort::crew::client;
using cohort::dispatch::time_point;
using cohort_farm::drain;
using cohort_farm::find_limit;
using cohort_farm::parse_walltime;
using cohort_farm::run_limit;
using cohort_farm::walltime;
using phase = drain::phase;

run_limit limit(std::chrono::nanoseconds end, std::chrono::nanoseconds reserve) {
  return {{time_point{0}, end, reserve}, {}};
}

/// A task that begins and ends.
void one(drain& d, std::uint64_t task, time_point begin, std::chrono::nanoseconds took,
         report::kind how = report::kind::succeeded) {
  d.heard({0, 0, {task, 0}, report::kind::started, {}, true}, begin);
  d.heard({0, 0, {task, 0}, how, took, true}, begin + took);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Drain, WithoutALimitOnlyWhenTold) {
  drain d{std::nullopt, 0s, 1};
  EXPECT_FALSE(d.limited());
  EXPECT_EQ(d.look(1000h, false), phase::none);
  EXPECT_FALSE(d.begun());
  EXPECT_EQ(d.look(1001h, true), phase::closing);
  EXPECT_EQ(d.look(9000h, false), phase::closing);
  EXPECT_TRUE(d.begun());
  EXPECT_FALSE(d.hopeless());
  EXPECT_TRUE(has(d.reason(9000h), "SIGUSR1"));
  EXPECT_EQ(d.grace(), 500ms);
}

TEST(Drain, GoesThroughItsPhases) {
  drain d{limit(1000s, 100s), 0s, 1};
  EXPECT_TRUE(d.limited());
  EXPECT_EQ(d.look(0s, false), phase::none);
  for (std::uint64_t i = 0; i != 20; ++i) one(d, i, 10s, 60s);
  EXPECT_EQ(d.look(839s, false), phase::none);
  EXPECT_EQ(d.look(841s, false), phase::closing);
  EXPECT_TRUE(
      has(d.reason(841s), "2 min 39 s are left, 1 min 40 s of it in reserve, and a task takes up to 1 min 0 s"));
  EXPECT_EQ(d.look(899s, false), phase::closing);
  EXPECT_EQ(d.look(900s, false), phase::stopping);
  EXPECT_EQ(d.look(974s, false), phase::stopping);
  EXPECT_EQ(d.look(975s, false), phase::leaving);
  EXPECT_EQ(d.grace(), 50s);
  EXPECT_FALSE(d.hopeless());
}

TEST(Drain, IfItComesLateAllAtOnce) {
  drain d{limit(1000s, 100s), 0s, 1};
  EXPECT_EQ(d.look(950s, true), phase::stopping);
  drain later{limit(1000s, 100s), 0s, 1};
  EXPECT_EQ(later.look(2000s, false), phase::leaving);
}

TEST(Drain, ATimeoutIsAnUpperBound) {
  drain d{limit(1000s, 100s), 10s, 1};
  EXPECT_EQ(d.look(700s, false), phase::none);
  one(d, 0, 0s, 800s, report::kind::stopped);  // at its timeout, in theory
  EXPECT_EQ(d.look(880s, false), phase::none);
  EXPECT_EQ(d.look(890s, false), phase::closing);
}

TEST(Drain, LearnsFromEarlierRunsAndFromWhatRuns) {
  drain d{limit(1000s, 100s), 0s, 1};
  d.learn(-1);
  EXPECT_EQ(d.look(890s, false), phase::none);
  d.learn(40);
  EXPECT_EQ(d.look(891s, false), phase::closing);

  drain e{limit(1000s, 100s), 0s, 1};
  e.heard({0, 0, {7, 0}, report::kind::started, {}, true}, 10s);
  EXPECT_EQ(e.look(200s, false), phase::none);
  EXPECT_EQ(e.look(600s, false), phase::closing);
}

TEST(Drain, WhatWasTakenFromAWorkerSaysNothing) {
  drain d{limit(1000s, 100s), 0s, 1};
  const auto start = [&](std::uint64_t task) { d.heard({0, 0, {task, 0}, report::kind::started, {}, true}, 10s); };
  start(1);
  d.returned(1);
  d.returned(99);
  start(2);
  d.heard({0, 0, {2, 0}, report::kind::stopped, 5s, true}, 15s);
  d.heard({0, 0, {98, 0}, report::kind::succeeded, 500s, true}, 515s);  // never begun
  start(3);                                                             // on a worker that is lost
  d.heard({0, 0, {3, 1}, report::kind::started, {}, true}, 800s);
  EXPECT_EQ(d.look(810s, false), phase::none);
}

TEST(Drain, NothingMayEverFit) {
  drain d{limit(1000s, 100s), 0s, 1};
  d.learn(2000);
  EXPECT_EQ(d.look(0s, false), phase::closing);
  EXPECT_TRUE(d.hopeless());
  EXPECT_TRUE(has(d.reason(0s), "none fits; give it more"));
}

TEST(Drain, AJobMayGetMoreTime) {
  auto with = limit(1000s, 100s);
  time_point end = 1000s;
  int asked = 0;
  with.ask = [&] {
    ++asked;
    return std::optional{end};
  };
  drain d{with, 0s, 1};
  for (std::uint64_t i = 0; i != 20; ++i) one(d, i, 10s, 60s);
  EXPECT_EQ(d.look(500s, false), phase::none);
  EXPECT_EQ(asked, 0);
  end = 2000s;
  EXPECT_EQ(d.look(850s, false), phase::none);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(d.look(1800s, false), phase::none);
  EXPECT_EQ(d.look(1850s, false), phase::closing);
  EXPECT_EQ(asked, 2);
  end = 3000s;
  EXPECT_EQ(d.look(1950s, false), phase::closing);  // what runs may go on
  EXPECT_EQ(d.look(2899s, false), phase::closing);
  EXPECT_EQ(d.look(2900s, false), phase::stopping);
}

TEST(Walltime, ReadsWhatItMayBe) {
  EXPECT_EQ(parse_walltime("auto"), walltime{});
  EXPECT_EQ(parse_walltime("none").how, walltime::kind::none);
  EXPECT_EQ(parse_walltime("1.5h"), (walltime{walltime::kind::given, 90min}));
  EXPECT_THROW((void)parse_walltime("0"), cohort_farm::farm_error);
  EXPECT_THROW((void)parse_walltime("soon"), cohort_farm::farm_error);
}

TEST(Walltime, BecomesALimit) {
  const cohort::cluster::allocation nowhere;
  EXPECT_FALSE(find_limit({}, std::nullopt, nowhere));
  EXPECT_FALSE(find_limit({walltime::kind::none, {}}, 5s, nowhere));
  const auto length_of = [&](std::chrono::nanoseconds length, std::optional<std::chrono::nanoseconds> reserve) {
    const auto found = find_limit({walltime::kind::given, length}, reserve, nowhere);
    EXPECT_TRUE(found);
    if (!found) return std::pair{0ns, 0ns};
    EXPECT_FALSE(found->ask);
    return std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds>{found->time.end - found->time.begin,
                                                                         found->time.reserve};
  };
  EXPECT_EQ(length_of(100s, std::nullopt),
            (std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds>{100s, 5s}));
  EXPECT_EQ(length_of(10h, std::nullopt),
            (std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds>{10h, 60s}));
  EXPECT_EQ(length_of(10h, 2h), (std::pair<std::chrono::nanoseconds, std::chrono::nanoseconds>{10h, 2h}));
  EXPECT_THROW((void)find_limit({walltime::kind::given, 5s}, 5s, nowhere), cohort_farm::farm_error);
}

}  // namespace
