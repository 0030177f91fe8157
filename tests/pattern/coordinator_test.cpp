// The root's half of a crew, with a runner that does what the test says: what becomes of reports that nobody
// awaits.
#include <cohort/pattern/crew/coordinator.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace cohort;
using crew::report;

class puppet final : public crew::runner {
 public:
  [[nodiscard]] std::uint32_t slots() const override { return 1; }
  void accept(crew::job what, std::span<const std::byte>) override { accepted.push_back(what); }
  void stop(crew::job what) override { stopped.push_back(what); }
  std::vector<crew::job> give_back(std::size_t) override { return {}; }
  void collect(std::vector<report>& out, dispatch::duration) override {
    for (auto& each : std::exchange(to_say, {})) out.push_back(std::move(each));
  }
  [[nodiscard]] std::size_t unfinished() const override { return 0; }

  void say(report::kind what, crew::job of, std::byte payload = {}) {
    to_say.push_back({what, of, 1ms, {payload}});
  }

  std::vector<crew::job> accepted;
  std::vector<crew::job> stopped;
  std::vector<report> to_say;
};

class listener final : public crew::client {
 public:
  std::size_t task_size(dispatch::task_id) override { return 0; }
  void write_task(dispatch::task_id, std::byte*) override {}
  void keep_result(dispatch::task_id, std::span<const std::byte>) override { ++kept; }
  void keep_error(dispatch::task_id, std::span<const std::byte>) override { ++kept; }
  void deliver(const dispatch::deliver& what) override { delivered.push_back(what.task); }
  void give_up(const dispatch::give_up& what) override { given_up.emplace_back(what.task, what.reason); }
  void retry(const dispatch::retry&) override { ++retried; }
  void stale(dispatch::worker_id, crew::job of, std::span<const std::byte> payload) override {
    unwanted.emplace_back(of.task, payload.empty() ? std::byte{} : payload.front());
  }

  int kept = 0;
  int retried = 0;
  std::vector<dispatch::task_id> delivered;
  std::vector<std::pair<dispatch::task_id, dispatch::end_reason>> given_up;
  std::vector<std::pair<dispatch::task_id, std::byte>> unwanted;
};

class coordinator_test : public testing::Test {
 protected:
  communicator self{MPI_COMM_SELF};
  puppet runner;
  listener program;
  crew::coordinator crew{self, runner, program, {}, "here"};

  void until(const std::function<bool()>& condition) {
    for (int i = 0; i != 5000 && !condition(); ++i) crew.step(1ms);
    EXPECT_TRUE(condition());
  }
};

TEST_F(coordinator_test, passes_on_the_ordinary_end_of_an_attempt_that_was_given_up) {
  for (const auto kind : {report::kind::succeeded, report::kind::failed, report::kind::stopped}) {
    const auto task = crew.scheduler().add({.timeout = 1ns});
    until([&] { return !runner.accepted.empty(); });
    const auto of = std::exchange(runner.accepted, {}).at(0);
    runner.say(report::kind::started, of);
    until([&] { return !runner.stopped.empty(); });
    EXPECT_EQ(std::exchange(runner.stopped, {}).at(0).task, task);
    runner.say(kind, of, std::byte{7});
    until([&] { return !program.unwanted.empty(); });
    EXPECT_EQ(std::exchange(program.unwanted, {}), (decltype(program.unwanted){{task, std::byte{7}}}));
    EXPECT_EQ(std::exchange(program.given_up, {}),
              (decltype(program.given_up){{task, dispatch::end_reason::timed_out}}));
  }
  EXPECT_TRUE(program.delivered.empty());
  EXPECT_EQ(program.kept, 0);
}

TEST_F(coordinator_test, takes_back_what_was_stopped_and_not_by_it) {
  const auto task = crew.scheduler().add();
  until([&] { return runner.accepted.size() == 1; });
  runner.say(report::kind::stopped, runner.accepted[0]);
  until([&] { return runner.accepted.size() == 2; });  // it is the only worker, and did not say that it leaves
  ASSERT_EQ(runner.accepted.size(), 2U);
  EXPECT_EQ(runner.accepted[1].task, task);
  EXPECT_NE(runner.accepted[1].attempt, runner.accepted[0].attempt);
  runner.say(report::kind::succeeded, runner.accepted[1]);
  until([&] { return !program.delivered.empty(); });
  EXPECT_TRUE(program.given_up.empty());
  EXPECT_TRUE(program.unwanted.empty());
  EXPECT_EQ(program.retried, 0);
  EXPECT_EQ(program.kept, 1);
}

}  // namespace
