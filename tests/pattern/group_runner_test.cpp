// A sub-master by itself: a group of this rank alone, with a runner that does what the test says.
#include <cohort/pattern/crew/group_runner.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace cohort;
using crew::job;
using crew::report;

class puppet final : public crew::runner {
 public:
  [[nodiscard]] std::uint32_t slots() const override { return 2; }
  void accept(job what, std::span<const std::byte> payload) override {
    accepted.push_back(what);
    payloads.emplace_back(payload.begin(), payload.end());
  }
  void stop(job what) override { stopped.push_back(what); }
  std::vector<job> give_back(std::size_t) override { return {}; }
  void collect(std::vector<report>& out, dispatch::duration) override {
    for (auto& each : std::exchange(to_say, {})) out.push_back(std::move(each));
  }
  [[nodiscard]] std::size_t unfinished() const override { return 0; }
  void say(report::kind what, std::size_t which, std::byte payload = {}) {
    to_say.push_back({what, accepted.at(which), 1ms, {payload}});
  }

  std::vector<job> accepted;
  std::vector<std::vector<std::byte>> payloads;
  std::vector<job> stopped;
  std::vector<report> to_say;
};

class group_runner : public testing::Test {
 protected:
  communicator self{MPI_COMM_SELF};
  puppet local;
  crew::group_runner group{self, local, {.prefetch = 0}, "here"};

  void accept(std::uint64_t task, std::byte payload = {}) { group.accept({task, 7}, std::vector{payload}); }
  std::vector<report> collected() {
    std::vector<report> out;
    group.collect(out, 0ns);
    group.collect(out, 0ns);
    return out;
  }
};

TEST_F(group_runner, passes_jobs_on_and_ends_back) {
  EXPECT_EQ(group.slots(), 2U);
  accept(40, std::byte{4});
  accept(30, std::byte{3});
  EXPECT_EQ(group.unfinished(), 2U);
  EXPECT_TRUE(collected().empty());
  ASSERT_EQ(local.accepted.size(), 2U);
  EXPECT_EQ(local.payloads[1], std::vector{std::byte{3}});
  local.say(report::kind::started, 1);
  local.say(report::kind::succeeded, 1, std::byte{33});
  local.say(report::kind::failed, 0, std::byte{44});
  const auto said = collected();
  ASSERT_EQ(said.size(), 3U);
  EXPECT_EQ(said[0].what, report::kind::started);
  EXPECT_EQ(said[0].of.task, 30U);
  EXPECT_EQ(said[1].what, report::kind::succeeded);
  EXPECT_EQ(said[1].of.task, 30U);
  EXPECT_EQ(said[1].of.attempt, 7U);
  EXPECT_EQ(said[1].took, 1ms);
  EXPECT_EQ(said[1].payload, std::vector{std::byte{33}});
  EXPECT_EQ(said[2].what, report::kind::failed);
  EXPECT_EQ(said[2].of.task, 40U);
  EXPECT_EQ(said[2].payload, std::vector{std::byte{44}});
  EXPECT_EQ(group.unfinished(), 0U);
}

TEST_F(group_runner, gives_back_what_nobody_has_the_latest_first) {
  for (std::uint64_t task = 10; task != 15; ++task) accept(task);
  EXPECT_TRUE(collected().empty());
  EXPECT_EQ(local.accepted.size(), 2U);
  auto back = group.give_back(2);
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].task, 14U);
  EXPECT_EQ(back[1].task, 13U);
  back = group.give_back(9);
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].task, 12U);
  EXPECT_TRUE(group.give_back(1).empty());
  EXPECT_EQ(group.unfinished(), 2U);
  accept(14);  // the same job once more
  local.say(report::kind::succeeded, 0);
  local.say(report::kind::succeeded, 1);
  EXPECT_EQ(collected().size(), 2U);
  ASSERT_EQ(local.accepted.size(), 3U);
  local.say(report::kind::succeeded, 2);
  const auto said = collected();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].of.task, 14U);
}

TEST_F(group_runner, stops_what_waits_at_once_and_what_runs_when_it_has_ended) {
  for (std::uint64_t task = 0; task != 3; ++task) accept(task);
  EXPECT_TRUE(collected().empty());
  group.stop({2, 7});
  group.stop({1, 7});
  group.stop({5, 7});  // not here
  auto said = collected();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].what, report::kind::stopped);
  EXPECT_EQ(said[0].of.task, 2U);
  ASSERT_EQ(local.stopped.size(), 1U);
  EXPECT_EQ(local.stopped[0].task, local.accepted[1].task);
  EXPECT_EQ(group.unfinished(), 2U);
  local.say(report::kind::succeeded, 1, std::byte{9});  // it was faster; the root counts it as stopped all the same
  said = collected();
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].what, report::kind::stopped);
  EXPECT_EQ(said[0].took, 1ms);
  EXPECT_EQ(said[0].payload, std::vector{std::byte{9}});
  EXPECT_EQ(group.unfinished(), 1U);
}

TEST_F(group_runner, ends_at_once) {
  accept(1);
  group.dismiss();
  SUCCEED();
}

}  // namespace
