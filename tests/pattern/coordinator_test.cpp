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
  std::vector<crew::job> give_back(std::size_t) override { return std::exchange(to_give_back, {}); }
  void message(std::span<const std::byte> text) override { told.emplace_back(text.begin(), text.end()); }
  void collect(std::vector<report>& out, dispatch::duration) override {
    for (auto& each : std::exchange(to_say, {})) out.push_back(std::move(each));
  }
  [[nodiscard]] std::size_t unfinished() const override { return 0; }

  void say(report::kind what, crew::job of, std::byte payload = {}) {
    to_say.push_back({what, of, 1ms, {payload}});
  }

  std::vector<crew::job> accepted;
  std::vector<crew::job> stopped;
  std::vector<crew::job> to_give_back;
  std::vector<report> to_say;
  std::vector<std::vector<std::byte>> told;
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

  void returned(dispatch::worker_id, crew::job of) override { came_back.push_back(of.task); }
  void lost(dispatch::worker_id worker, std::string_view why) override { losses.emplace_back(worker, why); }
  void note(dispatch::worker_id worker, crew::job, std::span<const std::byte>) override { notes.push_back(worker); }

  int kept = 0;
  int retried = 0;
  std::vector<dispatch::task_id> came_back;
  std::vector<std::pair<dispatch::worker_id, std::string>> losses;
  std::vector<dispatch::worker_id> notes;
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

TEST_F(coordinator_test, gives_work_to_a_runner_that_comes_later) {
  const auto first = crew.scheduler().add();
  const auto second = crew.scheduler().add();
  until([&] { return runner.accepted.size() == 1; });
  EXPECT_EQ(runner.accepted.at(0).task, first);
  puppet late;
  const auto worker = crew.add_runner(late, "there");
  EXPECT_EQ(worker, crew.ranks());
  EXPECT_EQ(crew.workers(), crew.ranks() + 1);
  EXPECT_EQ(crew.host(worker), "there");
  until([&] { return late.accepted.size() == 1; });
  EXPECT_EQ(late.accepted.at(0).task, second);
  late.say(report::kind::note, {});
  late.say(report::kind::succeeded, late.accepted.at(0));
  until([&] { return !program.delivered.empty(); });
  EXPECT_EQ(program.delivered, std::vector{second});
  EXPECT_EQ(program.notes, std::vector{worker});
  crew.tell(worker, std::vector{std::byte{5}});
  EXPECT_EQ(late.told, std::vector(1, std::vector{std::byte{5}}));
  EXPECT_EQ(crew.scheduler().worker(worker).succeeded, 1U);
  crew.remove_runner(worker);
  runner.say(report::kind::succeeded, runner.accepted.at(0));
  crew.scheduler().close();
  until([&] { return crew.finished(); });
}

TEST_F(coordinator_test, takes_back_all_that_a_leaving_runner_has) {
  for (int i = 0; i != 6; ++i) (void)crew.scheduler().add();
  until([&] { return runner.accepted.size() == 1; });
  puppet late;
  const auto worker = crew.add_runner(late, "there");
  crew.scheduler().resize(worker, 4);
  until([&] { return late.accepted.size() == 4; });
  ASSERT_EQ(late.accepted.size(), 4U);
  const auto had = late.accepted;
  late.say(report::kind::succeeded, had[0]);
  late.say(report::kind::stopped, had[1]);
  late.to_give_back = {had[2]};
  crew.remove_runner(worker);  // and says nothing of the fourth
  EXPECT_EQ(program.delivered, std::vector{had[0].task});
  EXPECT_EQ(program.came_back, std::vector{had[2].task});
  EXPECT_EQ(crew.scheduler().totals().queued, 4U);
  EXPECT_EQ(crew.scheduler().totals().workers_lost, 0U);
  EXPECT_EQ(program.retried, 0);
  EXPECT_TRUE(program.losses.empty());
  EXPECT_TRUE(crew.lost().empty());
  EXPECT_EQ(crew.host(worker), "there");
  EXPECT_FALSE(crew.scheduler().worker(worker).present);
  // It is not addressed any more, and cannot be taken away again.
  crew.tell(worker, std::vector{std::byte{5}});
  crew.scheduler().cancel_all();
  crew.step(1ms);
  EXPECT_TRUE(late.told.empty());
  EXPECT_TRUE(late.stopped.empty());
  EXPECT_EQ(late.accepted.size(), 4U);
  EXPECT_THROW(crew.remove_runner(worker), argument_error);
  EXPECT_THROW(crew.lose_runner(worker, "again"), argument_error);
  EXPECT_THROW(crew.remove_runner(0), argument_error);
  EXPECT_THROW(crew.remove_runner(worker + 1), argument_error);
  // The next one is another.
  EXPECT_EQ(crew.add_runner(late), worker + 1);
  crew.remove_runner(worker + 1);
}

TEST_F(coordinator_test, gives_a_resting_runner_nothing_more_and_talks_to_it) {
  for (int i = 0; i != 6; ++i) (void)crew.scheduler().add();
  until([&] { return runner.accepted.size() == 1; });
  puppet late;
  const auto worker = crew.add_runner(late, "there");
  crew.scheduler().resize(worker, 2);
  until([&] { return late.accepted.size() == 2; });
  ASSERT_EQ(late.accepted.size(), 2U);
  const auto had = late.accepted;
  late.to_give_back = {had[1]};
  crew.rest_runner(worker);
  late.to_give_back.clear();
  EXPECT_EQ(program.came_back, std::vector{had[1].task});
  crew.rest_runner(worker);
  late.say(report::kind::succeeded, had[0]);
  until([&] { return program.delivered.size() == 1; });
  EXPECT_EQ(program.delivered, std::vector{had[0].task});
  crew.step(1ms);
  EXPECT_EQ(late.accepted.size(), 2U);
  EXPECT_EQ(crew.scheduler().totals().queued, 4U);
  crew.tell(worker, std::vector{std::byte{5}});
  EXPECT_EQ(late.told.size(), 1U);
  crew.remove_runner(worker);
  EXPECT_THROW(crew.rest_runner(worker), argument_error);
}

TEST_F(coordinator_test, runs_elsewhere_what_a_lost_runner_had) {
  for (int i = 0; i != 2; ++i) (void)crew.scheduler().add();
  until([&] { return runner.accepted.size() == 1; });
  puppet late;
  const auto worker = crew.add_runner(late, "there");
  until([&] { return late.accepted.size() == 1; });
  ASSERT_EQ(late.accepted.size(), 1U);
  late.say(report::kind::succeeded, late.accepted.at(0));  // too late
  crew.lose_runner(worker, "it is silent");
  crew.step(1ms);
  EXPECT_EQ(program.losses, (decltype(program.losses){{worker, "it is silent"}}));
  EXPECT_EQ(crew.lost(), std::vector{worker});
  EXPECT_EQ(program.retried, 1);
  EXPECT_TRUE(program.delivered.empty());
  EXPECT_FALSE(late.to_say.empty());
  runner.say(report::kind::succeeded, runner.accepted.at(0));
  until([&] { return runner.accepted.size() == 2; });
  EXPECT_EQ(runner.accepted.at(1).task, late.accepted.at(0).task);
  runner.say(report::kind::succeeded, runner.accepted.at(1));
  crew.scheduler().close();
  until([&] { return crew.finished(); });
  EXPECT_EQ(program.delivered.size(), 2U);
  EXPECT_TRUE(crew.dismiss(1s).empty());
}

}  // namespace
