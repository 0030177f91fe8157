// Workers on messages of their own, as runners of the root: each other rank of the world is one.
#include <cohort/core/environment.hpp>
#include <cohort/pattern/crew/post.hpp>
#include <cohort/pattern/crew/remote_runner.hpp>
#include <cohort/pattern/crew/serve.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace cohort;
using crew::report;

const crew::survival patient{.on = true, .dead_after = 60s, .root_silence = 60s};

/// Ends its jobs when a note comes, by the note's first byte.
class obedient final : public crew::runner {
 public:
  [[nodiscard]] std::uint32_t slots() const override { return 2; }
  void accept(crew::job what, std::span<const std::byte> payload) override {
    here.push_back({report::kind::succeeded, what, 1ms, {payload.begin(), payload.end()}});
  }
  void stop(crew::job what) override {
    for (auto& each : here) {
      if (each.of.task == what.task) each.what = report::kind::stopped;
    }
    end_stopped();
  }
  std::vector<crew::job> give_back(std::size_t) override { return {}; }
  void message(std::span<const std::byte> text) override {
    said.push_back({report::kind::note, {}, 0ns, {text.begin(), text.end()}});
    for (auto& each : std::exchange(here, {})) said.push_back(std::move(each));
  }
  void collect(std::vector<report>& out, dispatch::duration patience) override {
    if (said.empty() && patience > 0ns) std::this_thread::sleep_for(patience);
    for (auto& each : std::exchange(said, {})) out.push_back(std::move(each));
  }
  [[nodiscard]] std::size_t unfinished() const override { return here.size(); }

 private:
  void end_stopped() {
    for (auto each = here.begin(); each != here.end();) {
      if (each->what == report::kind::stopped) {
        said.push_back(std::move(*each));
        each = here.erase(each);
      } else {
        ++each;
      }
    }
  }
  std::vector<report> here;
  std::vector<report> said;
};

class remote_runner_test : public testing::Test {
 protected:
  communicator world{MPI_COMM_WORLD};
  std::vector<communicator> ways;  ///< for each other rank
  std::vector<report> heard;

  void SetUp() override {
    for (int rank = 1; rank < world.size(); ++rank) ways.push_back(world.duplicate());
  }
  /// Looks until it is so.
  void until(crew::remote_runner& at, const std::function<bool()>& condition) {
    for (int i = 0; i != 30000 && !condition(); ++i) {
      at.collect(heard, 0ns);
      std::this_thread::sleep_for(1ms);
    }
    EXPECT_TRUE(condition());
  }
  static std::vector<std::byte> text(int what) { return {std::byte{static_cast<unsigned char>(what)}}; }
  [[nodiscard]] std::vector<std::pair<report::kind, dispatch::task_id>> ends() const {
    std::vector<std::pair<report::kind, dispatch::task_id>> result;
    for (const auto& each : heard) result.emplace_back(each.what, each.of.task);
    return result;
  }
};

TEST_F(remote_runner_test, passes_jobs_reports_and_notes) {
  if (world.rank() != 0) {
    obedient mine;
    EXPECT_EQ(crew::serve(ways[static_cast<std::size_t>(world.rank() - 1)], mine, 0, "there", {}, patient), 0U);
  }
  for (int rank = 1; world.rank() == 0 && rank < world.size(); ++rank) {
    crew::remote_runner other{ways[static_cast<std::size_t>(rank - 1)], rank, patient};
    heard.clear();
    EXPECT_FALSE(other.here());
    until(other, [&] { return other.here(); });
    EXPECT_EQ(other.slots(), 2U);
    EXPECT_EQ(other.host(), "there");
    for (int i = 0; i != 5; ++i) other.accept({static_cast<dispatch::task_id>(i), 0}, text(i + 10));
    EXPECT_EQ(other.unfinished(), 5U);
    // Two have gone there, and the rest waits here.
    const auto back = other.give_back(2);
    EXPECT_EQ(back.size(), 2U);
    if (back.size() == 2) {
      EXPECT_EQ(back[0].task, 4U);
      EXPECT_EQ(back[1].task, 3U);
    }
    other.stop({2, 0});  // it goes there to be stopped
    until(other, [&] { return !heard.empty(); });
    EXPECT_EQ(ends(), (decltype(ends()){{report::kind::stopped, 2}}));
    heard.clear();
    other.message(text(7));
    until(other, [&] { return heard.size() >= 3; });
    EXPECT_EQ(ends(), (decltype(ends()){
                          {report::kind::note, 0}, {report::kind::succeeded, 0}, {report::kind::succeeded, 1}}));
    if (heard.size() == 3) {
      EXPECT_EQ(heard[0].payload, text(7));
      EXPECT_EQ(heard[2].payload, text(11));
    }
    EXPECT_EQ(other.unfinished(), 0U);
    EXPECT_TRUE(other.give_back(9).empty());
    EXPECT_FALSE(other.draining());
    EXPECT_TRUE(other.lost().empty());
    EXPECT_FALSE(other.has_left());
    other.leave(0ns);
    until(other, [&] { return other.has_left(); });
    other.dismiss(0);
    until(other, [&] { return other.sent(); });
  }
  world.barrier();
}

TEST_F(remote_runner_test, takes_back_what_a_worker_does_not_begin_that_is_told_to_end) {
  if (world.rank() != 0) {
    obedient mine;
    bool told = false;
    const auto interrupted = [&] { return std::exchange(told, true) || mine.unfinished() != 0; };
    EXPECT_EQ(crew::serve(ways[static_cast<std::size_t>(world.rank() - 1)], mine, 0, "there", interrupted, patient),
              0U);
  }
  for (int rank = 1; world.rank() == 0 && rank < world.size(); ++rank) {
    crew::remote_runner other{ways[static_cast<std::size_t>(rank - 1)], rank, patient};
    heard.clear();
    until(other, [&] { return other.here(); });
    for (dispatch::task_id i = 0; i != 3; ++i) other.accept({i, 0}, text(1));
    other.message(text(0));  // ends what has begun, if it was before
    std::size_t back = 0;
    until(other, [&] {
      if (other.draining()) back += other.give_back(9).size();
      return other.draining() && other.unfinished() == 0;
    });
    std::size_t ended = 0;
    for (const auto& each : heard) ended += each.what == report::kind::succeeded ? 1U : 0U;
    EXPECT_EQ(back + ended, 3U);
    EXPECT_EQ(other.unfinished(), 0U);
    other.leave(0ns);
    until(other, [&] { return other.has_left(); });
    other.dismiss(0);
    until(other, [&] { return other.sent(); });
  }
  world.barrier();
}

TEST_F(remote_runner_test, notices_who_says_nothing_any_more) {
  if (world.rank() != 0) {
    crew::post out{ways[static_cast<std::size_t>(world.rank() - 1)], false};
    crew::letter hello;
    hello.add(crew::word::hello, {}, 1);
    out.send(hello, 0, crew::to_root);
    out.drain();
  }
  auto hasty = patient;
  hasty.dead_after = 100ms;
  for (int rank = 1; world.rank() == 0 && rank < world.size(); ++rank) {
    crew::remote_runner other{ways[static_cast<std::size_t>(rank - 1)], rank, hasty};
    heard.clear();
    until(other, [&] { return !other.lost().empty(); });
    EXPECT_TRUE(other.here());
    EXPECT_EQ(other.lost().rfind("it has said nothing for 0.", 0), 0U) << other.lost();
    EXPECT_TRUE(other.has_left());
    EXPECT_TRUE(other.sent());
    EXPECT_TRUE(heard.empty());
  }
  world.barrier();
}

}  // namespace
