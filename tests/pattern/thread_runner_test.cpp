#include <cohort/pattern/crew/thread_runner.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using namespace cohort::crew;
using namespace std::chrono_literals;

namespace {

/// Collects until `n` attempts have ended.
std::vector<report> collect_ended(thread_runner& runner, std::size_t n) {
  std::vector<report> all;
  std::size_t ended = 0;
  while (ended < n) {
    std::vector<report> some;
    runner.collect(some, 10ms);
    for (auto& r : some) {
      ended += r.what != report::kind::started ? 1 : 0;
      all.push_back(std::move(r));
    }
  }
  return all;
}

/// A gate that jobs wait at.
struct gate {
  std::atomic<bool> open{false};
  std::atomic<int> waiting{0};
  void pass() {
    ++waiting;
    while (!open) std::this_thread::sleep_for(1ms);
  }
  void await(int n) const {
    while (waiting < n) std::this_thread::sleep_for(1ms);
  }
};

outcome echo(std::span<const std::byte> payload) {
  return {true, {payload.begin(), payload.end()}};
}

TEST(thread_runner, runs_in_order_and_reports_each_once) {
  thread_runner runner{[](job, auto payload) { return echo(payload); }, 1, false};
  EXPECT_EQ(runner.slots(), 1U);
  for (unsigned i = 0; i < 100; ++i) runner.accept({i, 1}, std::vector{static_cast<std::byte>(i)});
  EXPECT_EQ(runner.unfinished(), 100U);
  const auto reports = collect_ended(runner, 100);
  EXPECT_EQ(runner.unfinished(), 0U);
  for (unsigned i = 0; i < 100; ++i) {
    EXPECT_EQ(reports[i].what, report::kind::succeeded);
    EXPECT_EQ(reports[i].of.task, i);
    EXPECT_EQ(reports[i].of.attempt, 1U);
    EXPECT_EQ(reports[i].payload, std::vector{static_cast<std::byte>(i)});
  }
}

TEST(thread_runner, tells_failures_and_starts) {
  thread_runner runner{[](job of, auto payload) {
                         auto made = echo(payload);
                         made.success = of.task != 1;
                         return made;
                       },
                       1, true};
  runner.accept({0, 0}, {});
  runner.accept({1, 0}, {});
  const auto reports = collect_ended(runner, 2);
  ASSERT_EQ(reports.size(), 4U);
  EXPECT_EQ(reports[0].what, report::kind::started);
  EXPECT_EQ(reports[1].what, report::kind::succeeded);
  EXPECT_EQ(reports[2].what, report::kind::started);
  EXPECT_EQ(reports[3].what, report::kind::failed);
}

TEST(thread_runner, gives_back_the_latest_and_stops_what_has_not_begun) {
  gate g;
  thread_runner runner{[&](job, auto payload) {
                         g.pass();
                         return echo(payload);
                       },
                       1, false};
  for (unsigned i = 0; i < 5; ++i) runner.accept({i, 0}, {});
  g.await(1);
  const auto back = runner.give_back(2);
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].task, 4U);
  EXPECT_EQ(back[1].task, 3U);
  EXPECT_EQ(runner.unfinished(), 3U);
  runner.stop({2, 0});
  runner.stop({0, 0});   // runs: cannot be stopped
  runner.stop({99, 0});  // not here
  g.open = true;
  const auto reports = collect_ended(runner, 3);
  const auto kind_of = [&](cohort::dispatch::task_id t) {
    return std::find_if(reports.begin(), reports.end(), [&](auto& r) { return r.of.task == t; })->what;
  };
  EXPECT_EQ(kind_of(0), report::kind::succeeded);
  EXPECT_EQ(kind_of(1), report::kind::succeeded);
  EXPECT_EQ(kind_of(2), report::kind::stopped);
  EXPECT_TRUE(runner.give_back(10).empty());
}

TEST(thread_runner, runs_as_many_at_once_as_it_has_threads) {
  gate g;
  thread_runner runner{[&](job, auto payload) {
                         g.pass();
                         return echo(payload);
                       },
                       3, false};
  EXPECT_EQ(runner.slots(), 3U);
  for (unsigned i = 0; i < 4; ++i) runner.accept({i, 0}, {});
  g.await(3);
  EXPECT_EQ(g.waiting, 3);
  g.open = true;
  EXPECT_EQ(collect_ended(runner, 4).size(), 4U);
}

TEST(thread_runner, drops_what_has_not_begun_when_destroyed) {
  std::atomic<int> ran{0};
  gate g;
  {
    thread_runner runner{[&](job, auto payload) {
                           ++ran;
                           g.pass();
                           return echo(payload);
                         },
                         1, false};
    for (unsigned i = 0; i < 10; ++i) runner.accept({i, 0}, {});
    g.await(1);
    g.open = true;
    // The destructor may race with the thread for the next jobs, but waits for the one that runs.
  }
  EXPECT_GE(ran, 1);
}

TEST(thread_runner, leaves_brief_jobs_to_who_helps) {
  std::vector<std::thread::id> where(6);
  thread_runner runner{[&](job of, auto payload) {
                         where[of.task] = std::this_thread::get_id();
                         return echo(payload);
                       },
                       1, false, [](auto payload) { return !payload.empty(); }};
  const std::vector brief{std::byte{1}};
  EXPECT_FALSE(runner.wants_help());
  EXPECT_FALSE(runner.help(1ms));
  for (unsigned i = 0; i != 3; ++i) runner.accept({i, 0}, brief);
  std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(runner.wants_help());
  EXPECT_EQ(runner.unfinished(), 3U);
  EXPECT_EQ(runner.give_back(1).size(), 1U);
  EXPECT_TRUE(runner.help(10s));
  EXPECT_FALSE(runner.wants_help());
  EXPECT_EQ(collect_ended(runner, 2).size(), 2U);
  // What comes behind one that is not brief is left to the thread, as is that one.
  runner.accept({2, 0}, {});
  EXPECT_EQ(collect_ended(runner, 1).size(), 1U);
  runner.accept({3, 0}, brief);
  runner.no_help();
  EXPECT_EQ(collect_ended(runner, 1).size(), 1U);
  runner.accept({4, 0}, brief);
  runner.accept({5, 0}, {});
  (void)runner.help(10s);  // or the thread has taken both
  EXPECT_EQ(collect_ended(runner, 2).size(), 2U);
  EXPECT_EQ(where[0], std::this_thread::get_id());
  EXPECT_EQ(where[1], std::this_thread::get_id());
  EXPECT_NE(where[2], std::this_thread::get_id());
  EXPECT_NE(where[3], std::this_thread::get_id());
  EXPECT_NE(where[5], std::this_thread::get_id());
}

TEST(thread_runner, goes_on_behind_a_brief_job_that_is_stopped) {
  thread_runner runner{[](job, auto payload) { return echo(payload); }, 1, false,
                       [](auto payload) { return !payload.empty(); }};
  runner.accept({0, 0}, std::vector{std::byte{1}});
  runner.accept({1, 0}, {});
  std::this_thread::sleep_for(10ms);  // the thread has looked, and sleeps
  runner.stop({0, 0});
  const auto reports = collect_ended(runner, 2);
  EXPECT_EQ(reports[0].what, report::kind::stopped);
  EXPECT_EQ(reports[1].what, report::kind::succeeded);
}

TEST(thread_runner, can_leave_a_job_behind) {
  auto g = std::make_shared<gate>();
  auto done = std::make_shared<std::atomic<bool>>(false);
  {
    thread_runner runner{[g, done](job, auto payload) {
                           g->pass();
                           *done = true;
                           return echo(payload);
                         },
                         1, false};
    runner.accept({0, 0}, {});
    g->await(1);
    runner.leave_behind();
  }
  EXPECT_FALSE(*done);
  g->open = true;
  while (!*done) std::this_thread::sleep_for(1ms);
}

}  // namespace
