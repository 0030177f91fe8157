// Farms that wind up before their tasks have ended.

#include <cohort/collective/allgather.hpp>
#include <cohort/pattern/crew/long_runs.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>

#include "support/what_of.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

using cohort::test::what_of;

class drain_farm : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  bool root = world.rank() == 0;
  std::vector<pid_t> pids = world.allgather(::getpid());
  /// More than ever ends: that run() returns shows that it was wound up.
  cohort::indices<int> endless{0, 1'000'000'000};

  [[nodiscard]] static cohort::farm_options on_signals() {
    return {.window = 64, .drain = {.signals = {SIGUSR1, SIGTERM}}};
  }
  /// Runs the farm on an endless input; a signal comes to `rank` when ten results are there. What is told of it.
  template <class Farm>
  void expect_all_told(Farm& f, int rank) {
    std::vector<int> done;
    const auto take = [&](int x) {
      done.push_back(x);
      if (done.size() == 10) ::kill(pids[static_cast<std::size_t>(rank)], SIGUSR1);
    };
    if (!root) {
      const auto report = f.run(endless, take);
      EXPECT_TRUE(report.drained());
      EXPECT_TRUE(report.input_left);
      EXPECT_FALSE(report.complete());
      EXPECT_EQ(report.status(), cohort::resume_status);
      EXPECT_EQ(report.failed, 0U);
      return;
    }
    try {
      f.run(endless, take);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const cohort::drained_farm<int>& left) {
      EXPECT_TRUE(left.input_left());
      EXPECT_NE(std::string{left.what()}.find("SIGUSR1 came to rank " + std::to_string(rank)), std::string::npos)
          << left.what();
      EXPECT_EQ(left.report().succeeded, done.size());
      EXPECT_EQ(left.report().not_run, left.tasks().size());
      EXPECT_EQ(left.report().retried, 0U);
      // Each task was taken in its turn, and either brought a result or is left.
      done.insert(done.end(), left.tasks().begin(), left.tasks().end());
      std::sort(done.begin(), done.end());
      for (std::size_t i = 0; i != done.size(); ++i) EXPECT_EQ(done[i], static_cast<int>(i));
      EXPECT_EQ(done.size(), left.report().tasks);
    }
  }
};

int slowly(int x) {
  std::this_thread::sleep_for(1ms);
  return x;
}

TEST_F(drain_farm, a_signal_to_any_rank_ends_it_and_every_task_is_told) {
  for (const int rank : {0, world.size() - 1}) {
    SCOPED_TRACE(rank);
    cohort::farm f{world, slowly, on_signals()};
    expect_all_told(f, rank);
  }
}

TEST_F(drain_farm, two_levels_of_masters_and_several_threads_wind_up_too) {
  auto how = on_signals();
  how.levels = world.size() >= 3 ? 2 : 1;
  how.threads = 2;
  cohort::farm f{world, slowly, how};
  expect_all_told(f, world.size() - 1);
}

TEST_F(drain_farm, it_winds_up_again_in_its_next_run) {
  cohort::farm f{world, slowly, on_signals()};
  expect_all_told(f, 0);
  // The signal came for the farm, not for a run of it.
  if (root) {
    EXPECT_THROW(f.run(endless, [](int) {}), cohort::drained_error);
  } else {
    EXPECT_TRUE(f.run(endless, [](int) {}).drained());
  }
}

TEST_F(drain_farm, a_map_gives_the_results_that_there_are) {
  auto how = on_signals();
  cohort::farm f{world,
                 [to = pids.back()](int x) {
                   if (x == 5) ::kill(to, SIGTERM);
                   return slowly(x) + 100;
                 },
                 how};
  if (!root) {
    EXPECT_TRUE(f.map(endless).empty());
    return;
  }
  try {
    static_cast<void>(f.map(endless));
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::drained_map<int, int>& left) {
    const auto& results = left.results();
    EXPECT_EQ(results.size(), left.report().tasks);
    std::size_t missing = 0;
    for (std::size_t i = 0; i != results.size(); ++i) {
      if (results[i]) {
        EXPECT_EQ(*results[i], static_cast<int>(i) + 100);
        continue;
      }
      EXPECT_EQ(left.tasks()[missing], static_cast<int>(i));
      EXPECT_EQ(left.numbers()[missing], i);
      ++missing;
    }
    EXPECT_EQ(missing, left.tasks().size());
  }
}

TEST_F(drain_farm, tasks_that_tasks_create_are_left_too) {
  cohort::farm f{world,
                 [to = pids.front()](int x, cohort::task_sink<int>& submit) {
                   if (x == 0) ::kill(to, SIGUSR1);
                   submit(x + 1);  // without end
                   return slowly(x);
                 },
                 on_signals()};
  if (!root) {
    EXPECT_FALSE(f.run(std::vector<int>{}, [](int) {}).input_left);
    return;
  }
  std::vector<int> done;
  try {
    f.run(std::vector{0}, [&](int x) { done.push_back(x); });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::drained_farm<int>& left) {
    EXPECT_FALSE(left.input_left());
    EXPECT_EQ(left.tasks(), std::vector<int>{static_cast<int>(done.size())});
  }
}

TEST_F(drain_farm, an_attempt_that_fails_burns_no_retry_and_on_failure_hears_of_none) {
  auto how = on_signals();
  how.retries = 1'000'000'000;  // as many as it takes until the signal is heard
  cohort::farm f{world,
                 [](int x) -> int {
                   if (x == 0) std::raise(SIGUSR1);  // where it runs, so the farm is there
                   std::this_thread::sleep_for(1ms);
                   throw std::runtime_error{"again"};
                 },
                 how};
  const auto unexpected = [](const cohort::task_failure& e) { ADD_FAILURE() << e.describe(); };
  if (root) {
    EXPECT_THROW(f.run(
                     cohort::indices(0, 20), [](int) {}, unexpected),
                 cohort::drained_error);
  } else {
    const auto report = f.run(
        cohort::indices(0, 20), [](int) {}, unexpected);
    EXPECT_EQ(report.not_run, 20U);
    EXPECT_EQ(report.failed, 0U);
  }
}

TEST_F(drain_farm, a_time_that_ends_in_the_middle) {
  cohort::farm f{world, slowly, {.window = 64, .drain = {.until = 600ms, .reserve = 300ms}}};
  if (!root) {
    EXPECT_TRUE(f.run(endless, [](int) {}).drained());
    return;
  }
  std::uint64_t done = 0;
  try {
    f.run(endless, [&](int) { ++done; });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::drained_farm<int>& left) {
    EXPECT_EQ(left.report().tasks, done + left.tasks().size());
    EXPECT_NE(std::string{left.what()}.find("in reserve"), std::string::npos) << left.what();
  }
}

TEST_F(drain_farm, what_does_not_return_is_left_on_any_rank) {
  static std::atomic<bool> gate{false};
  static std::atomic<int> inside{0};
  gate = false;
  cohort::farm f{world,
                 [](int x) {
                   ++inside;
                   while (!gate) std::this_thread::sleep_for(1ms);
                   --inside;
                   return x;
                 },
                 {.grace = 50ms, .window = 64, .drain = {.until = 900ms, .reserve = 300ms}}};
  cohort::farm_report report;
  if (root) {
    try {
      f.run(endless, [](int) {});
      ADD_FAILURE() << "nothing was thrown";
    } catch (const cohort::drained_farm<int>& left) {
      report = left.report();
      EXPECT_EQ(left.tasks().size(), report.tasks);
    }
  } else {
    report = f.run(endless, [](int) {});
  }
  EXPECT_EQ(report.succeeded + report.failed, 0U);
  EXPECT_EQ(report.status(), cohort::resume_status);
  gate = true;
  while (inside != 0) std::this_thread::sleep_for(1ms);
}

TEST_F(drain_farm, signals_are_noted_as_long_as_one_farm_wants_them) {
  const auto handler_now = [] {
    struct sigaction now {};
    ::sigaction(SIGUSR2, nullptr, &now);
    return now.sa_handler;
  };
  struct sigaction mine {};
  mine.sa_handler = SIG_IGN;
  struct sigaction before {};
  ::sigaction(SIGUSR2, &mine, &before);
  {
    using made = decltype(cohort::farm{world, slowly});
    const cohort::farm_options how{.drain = {.signals = {SIGUSR2}}};
    auto first = std::make_unique<made>(world, slowly, how);
    const auto noting = handler_now();
    EXPECT_NE(noting, SIG_IGN);
    auto second = std::make_unique<made>(world, slowly, how);
    first.reset();
    EXPECT_EQ(handler_now(), noting);
    second.reset();
    EXPECT_EQ(handler_now(), SIG_IGN);
  }
  ::sigaction(SIGUSR2, &before, nullptr);
}

TEST_F(drain_farm, a_farm_whose_tasks_have_all_ended_is_not_wound_up) {
  cohort::farm f{world, [](int x) { return x; }, on_signals()};
  int sum = 0;
  const auto report = f.run(cohort::indices(0, 10), [&](int x) {
    if ((sum += x) == 45) ::kill(pids.front(), SIGUSR1);
  });
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.status(), 0);
}

TEST_F(drain_farm, what_an_earlier_run_left_behind_is_not_taken_for_a_task_of_this_one) {
  using namespace cohort::crew;
  const auto runs = std::make_shared<long_runs>();
  std::atomic<int> inside{0};
  std::atomic<bool> gate{false};
  const auto call = long_runs::watched(runs, [&](job, std::span<const std::byte>) {
    ++inside;
    while (!gate) std::this_thread::sleep_for(1ms);
    return outcome{true, {}};
  });
  std::thread one{[&] { call(job{7, 0}, {}); }};
  std::thread other{[&] { call(job{7, 0}, {}); }};
  while (inside != 2) std::this_thread::sleep_for(1ms);
  std::vector<report> told;
  for (int looks = 0; looks != 400 && told.size() != 2; ++looks) {
    std::this_thread::sleep_for(5ms);
    runs->tell(told);
  }
  EXPECT_EQ(told.size(), 2U);
  gate = true;
  one.join();
  other.join();
}

TEST_F(drain_farm, options_that_make_no_sense_are_refused_on_every_rank) {
  const auto said = what_of([&] { cohort::farm f{world, slowly, {.drain = {.signals = {SIGSTOP}}}}; });
  EXPECT_NE(said.find("cannot be handled"), std::string::npos) << said;
  EXPECT_NE(what_of([&] {
              cohort::farm f{world, slowly, {.drain = {.reserve = -1s}}};
            }).find("reserve is negative"),
            std::string::npos);
}

}  // namespace
