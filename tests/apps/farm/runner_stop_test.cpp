// Ending children before their time.
#include "farm_test_support.hpp"

#include <csignal>

namespace {

using namespace farm_test;

/// A line that writes its process's number, and that of a child of its own, to files before it goes on.
std::string announcing(const scratch& here, const std::string& rest) {
  return "sleep 300 & echo $! > " + here / "grandchild.tmp" + "; mv " + here / "grandchild.tmp" + " " +
         here / "grandchild" + "; echo $$ > " + here / "child.tmp" + "; mv " + here / "child.tmp" + " " +
         here / "child" + "; " + rest;
}

void until_exists(root& r, const std::string& file) {
  EXPECT_TRUE(eventually([&] {
    r.step(1ms);
    return std::filesystem::exists(file);
  })) << file;
}

pid_t number_in(const std::string& file) {
  return static_cast<pid_t>(std::stol(contents(file)));
}

TEST(RunnerStop, EndsAHangingCommandAndItsChildren) {
  scratch here;
  root r{{}};
  r.add("echo so far; " + announcing(here, "sleep 300"));
  until_exists(r, here / "child");
  r.runner.stop({0, 0});
  r.runner.stop({0, 0});  // once is enough; twice does no harm
  r.finish();
  EXPECT_EQ(r.done[0].what, report::kind::stopped);
  EXPECT_EQ(r.done[0].ends, 1);
  EXPECT_EQ(r.done[0].how.signal, SIGTERM);
  EXPECT_EQ(r.done[0].how.out, "so far\n");
  EXPECT_TRUE(eventually([&] { return !alive(number_in(here / "grandchild")); }));
}

TEST(RunnerStop, KillsWhatIgnoresTheRequest) {
  scratch here;
  root r{{.stop_grace = 100ms}};
  r.add("trap '' TERM; echo > " + here / "ready" + "; while :; do sleep 0.1; done");
  until_exists(r, here / "ready");
  r.runner.stop({0, 0});
  r.finish();
  EXPECT_EQ(r.done[0].what, report::kind::stopped);
  EXPECT_EQ(r.done[0].how.signal, SIGKILL);
}

TEST(RunnerStop, KillsGrandchildrenThatIgnoreTheRequestThoughTheChildEnds) {
  scratch here;
  root r{{.stop_grace = 100ms}};
  r.add("(trap '' TERM; while :; do sleep 0.1; done) & echo $! > " + here / "pid" + "; echo > " + here / "ready" +
        "; wait");
  until_exists(r, here / "ready");
  const auto pid = number_in(here / "pid");
  r.runner.stop({0, 0});
  r.finish();
  EXPECT_EQ(r.done[0].how.signal, SIGTERM);
  EXPECT_TRUE(eventually([&] {
    r.step(10ms);
    return !alive(pid);
  }));
}

TEST(RunnerStop, ACommandMayCleanUp) {
  scratch here;
  root r{{}};
  r.add("trap 'echo cleaned; exit 0' TERM; echo > " + here / "ready" + "; while :; do sleep 0.02; done");
  until_exists(r, here / "ready");
  r.runner.stop({0, 0});
  r.finish();
  EXPECT_EQ(r.done[0].what, report::kind::stopped);
  EXPECT_EQ(r.done[0].how.exit_status, 0);
  EXPECT_EQ(r.done[0].how.out, "cleaned\n");
}

TEST(RunnerStop, AHaltedCommandEndsToo) {
  scratch here;
  root r{{}};
  r.add("echo $$ > " + here / "pid" + "; kill -STOP $$; sleep 300");
  until_exists(r, here / "pid");
  r.runner.stop({0, 0});
  r.finish();
  EXPECT_EQ(r.done[0].what, report::kind::stopped);
}

TEST(RunnerStop, DropsWhatHasNotBegun) {
  root r{{}};
  r.add("sleep 300");
  r.add("echo never");
  r.step(0ms);
  r.runner.stop({1, 0});
  r.step(0ms);
  EXPECT_EQ(r.done[1].what, report::kind::stopped);
  EXPECT_EQ(r.done[1].how.start, 0);
  EXPECT_EQ(r.done[1].how.seq, 2U);
  EXPECT_EQ(r.done.count(0), 0U);
  EXPECT_EQ(r.runner.unfinished(), 1U);
}

TEST(RunnerStop, AJobThatIsNotHereIsNoBusinessOfOurs) {
  root r{{}};
  r.runner.stop({5, 0});
  r.add("true");
  r.runner.stop({0, 1});  // another attempt
  r.finish();
  EXPECT_EQ(r.done[0].what, report::kind::succeeded);
  EXPECT_EQ(r.done.size(), 1U);
}

TEST(RunnerStop, AJobThatWasFasterKeepsItsEnd) {
  scratch here;
  root r{{}};
  r.add("echo > " + here / "ready" + "; exit 4");
  until_exists(r, here / "ready");
  if (r.done.empty()) {
    ::usleep(300000);  // it ends, and nobody looks
    r.runner.stop({0, 0});
    r.finish();
    EXPECT_EQ(r.done[0].ends, 1);
  }
  EXPECT_EQ(r.done[0].what, report::kind::failed);
  EXPECT_EQ(r.done[0].how.exit_status, 4);
}

TEST(RunnerStop, EndAllReportsEverything) {
  root r{{.slots = 2, .stop_grace = 200ms}};
  r.add("sleep 300");
  r.add("trap '' TERM; while :; do sleep 0.1; done");
  for (int i = 0; i != 5; ++i) r.add("echo never");
  r.step(100ms);
  r.runner.end_all();
  r.step(0ms);
  EXPECT_EQ(r.runner.unfinished(), 0U);
  EXPECT_EQ(r.done.size(), 7U);
  for (const auto& [task, end] : r.done) EXPECT_EQ(end.what, report::kind::stopped) << task;
  EXPECT_EQ(r.run("echo again").how.out, "again\n");
}

TEST(RunnerStop, TheDestructorEndsChildrenAndTheirChildren) {
  scratch here;
  const auto before = open_descriptors();
  {
    root r{{.stop_grace = 500ms}};
    r.add(announcing(here, "sleep 300"));
    until_exists(r, here / "child");
    EXPECT_TRUE(alive(number_in(here / "child")));
  }
  EXPECT_FALSE(alive(number_in(here / "child")));
  EXPECT_TRUE(eventually([&] { return !alive(number_in(here / "grandchild")); }));
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
