// A runner that winds up, and ends that come from outside. Signals leave their notes in this process for good, so
// tests without come first.
#include "farm/interruption.hpp"
#include "farm_test_support.hpp"

#include <csignal>

namespace {

using namespace farm_test;
using cohort_farm::interruption;
using cohort_farm::wind_up;

void until_exists(root& r, const std::string& file) {
  EXPECT_TRUE(eventually([&] {
    r.step(1ms);
    return std::filesystem::exists(file);
  })) << file;
}

TEST(RunnerDrain, BeginsNothingMore) {
  scratch here;
  root r{{}};
  r.add("echo > " + here / "ready" + "; sleep 0.3; echo ended");
  r.add("echo never");
  r.add("echo never");
  until_exists(r, here / "ready");
  r.runner.message(encode(wind_up{}));
  r.finish();
  EXPECT_EQ(r.done[0].what, report::kind::succeeded);
  EXPECT_EQ(r.done[0].how.out, "ended\n");
  for (const std::uint64_t task : {1U, 2U}) {
    EXPECT_EQ(r.done[task].what, report::kind::stopped) << task;
    EXPECT_EQ(r.done[task].how.start, 0) << task;
  }
}

TEST(RunnerDrain, EndsWhatRunsInTheTimeGiven) {
  scratch here;
  root r{{.slots = 3, .stop_grace = 100s}};
  r.add("echo > " + here / "ready1" + "; sleep 300");
  r.add("trap '' TERM; echo > " + here / "ready2" + "; while :; do sleep 0.1; done");
  r.add("trap 'sleep 0.2; echo saved; exit 3' TERM; echo > " + here / "ready3" + "; while :; do sleep 0.02; done");
  r.add("echo never");
  for (const auto* each : {"ready1", "ready2", "ready3"}) until_exists(r, here / each);
  r.runner.message(encode(wind_up{true, std::chrono::nanoseconds{5s}.count()}));
  r.finish();
  for (std::uint64_t task = 0; task != 4; ++task) EXPECT_EQ(r.done[task].what, report::kind::stopped) << task;
  EXPECT_EQ(r.done[0].how.signal, SIGTERM);
  EXPECT_EQ(r.done[1].how.signal, SIGKILL);
  EXPECT_EQ(r.done[2].how.out, "saved\n");
}

TEST(RunnerDrain, WhatWasGivenLongIsEndedSoonAllTheSame) {
  scratch here;
  root r{{.stop_grace = 100ms}};
  r.add("trap '' TERM; echo > " + here / "ready" + "; while :; do sleep 0.1; done");
  until_exists(r, here / "ready");
  r.runner.message(encode(wind_up{true, std::chrono::nanoseconds{1h}.count()}));
  r.step(0ms);
  r.runner.end_all();
  r.finish();
  EXPECT_EQ(r.done[0].how.signal, SIGKILL);
}

TEST(RunnerDrain, WhatDiesBySigtermAloneHasFailed) {
  root r{{.slots = 3}};
  r.add("kill -TERM $$");
  r.add("exit 143");
  r.add("kill -KILL $$");
  r.finish();
  for (std::uint64_t task = 0; task != 3; ++task) EXPECT_EQ(r.done[task].what, report::kind::failed) << task;
  EXPECT_EQ(r.done[0].how.signal, SIGTERM);
  EXPECT_EQ(r.done[1].how.exit_status, 143);
  EXPECT_EQ(r.order.front(), 2U);  // the others are held back for a moment
}

TEST(RunnerDrain, ASignalToAllComesFromOutside) {
  for (const int number : {SIGTERM, SIGUSR1}) {
    scratch here;
    const interruption watch;
    root r{{.slots = 3}};
    const auto name = std::string{number == SIGTERM ? "TERM" : "USR1"};
    r.add("kill -" + name + " $$");
    r.add("exit " + std::to_string(128 + number));
    r.add("echo > " + here / "ready" + "; exit 4");
    until_exists(r, here / "ready");
    EXPECT_EQ(std::raise(number), 0);  // after them
    r.finish();
    EXPECT_EQ(r.done[0].what, report::kind::stopped);
    EXPECT_EQ(r.done[1].what, report::kind::stopped);
    EXPECT_EQ(r.done[2].what, report::kind::failed);
    const auto before = r.run("kill -" + name + " $$");  // before it
    EXPECT_EQ(before.what, report::kind::stopped);
    EXPECT_EQ(r.run("true").what, report::kind::succeeded);
    EXPECT_TRUE(interruption::received(number));
  }
}

TEST(RunnerDrain, TellsTheRootOnceOfSigusr1) {
  const interruption watch;
  EXPECT_EQ(std::raise(SIGUSR1), 0);
  EXPECT_TRUE(interruption::drain_requested());
  root r{{}};
  std::vector<report> news;
  r.runner.collect(news, 0ms);
  r.runner.collect(news, 0ms);
  EXPECT_EQ(news.size(), 1U);
  if (news.empty()) return;
  EXPECT_EQ(news[0].what, report::kind::note);
  EXPECT_TRUE(news[0].payload.empty());
}

TEST(Interruption, KnowsNothingOfOtherSignals) {
  EXPECT_FALSE(interruption::received(SIGUSR2));
  EXPECT_FALSE(interruption::received(-1));
  EXPECT_FALSE(interruption::received(1000));
}

}  // namespace
