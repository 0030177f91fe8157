// Tasks of several ranks, in farms and executors that wind up.

#include <cohort/collective/allgather.hpp>
#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <sys/types.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

class drain_ranks : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  bool root = world.rank() == 0;
  int members = std::min(2, world.size());
  std::vector<pid_t> pids = world.allgather(::getpid());
};

TEST_F(drain_ranks, a_farm_of_them_ends_and_every_task_is_told) {
  cohort::farm f{world,
                 [](int x, cohort::communicator& of) { return of.allreduce(x, std::plus{}); },
                 {.ranks = members, .window = 64, .drain = {.until = 1h, .signals = {SIGUSR1}}}};
  const cohort::indices<int> endless{0, 1'000'000'000};
  std::vector<int> done;
  const auto take = [&](int x) {
    done.push_back(x / members);
    if (done.size() == 10) ::kill(pids.back(), SIGUSR1);
  };
  if (!root) {
    EXPECT_TRUE(f.run(endless, take).drained());
    return;
  }
  try {
    f.run(endless, take);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::drained_farm<int>& left) {
    EXPECT_EQ(left.report().succeeded, done.size());
    EXPECT_EQ(left.report().failed, 0U);
    done.insert(done.end(), left.tasks().begin(), left.tasks().end());
    std::sort(done.begin(), done.end());
    for (std::size_t i = 0; i != done.size(); ++i) EXPECT_EQ(done[i], static_cast<int>(i));
    EXPECT_EQ(done.size(), left.report().tasks);
  }
}

/// Of "..., and a task takes up to 1.5 s".
double need_of(const std::string& text) {
  const std::string before = "a task takes up to ";
  const auto at = text.find(before);
  EXPECT_NE(at, std::string::npos) << text;
  return at == std::string::npos ? 0 : std::stod(text.substr(at + before.size()));
}

/// Brief ones, and then some that run when the time is nearly over, though none of them has ended.
int brief_then_long(int x) {
  std::this_thread::sleep_for(x < 5 ? 1ms : 1200ms);
  return x;
}

TEST_F(drain_ranks, a_farm_of_them_learns_from_those_that_run) {
  cohort::farm f{world,
                 [](int x, cohort::communicator&) { return brief_then_long(x); },
                 {.ranks = members, .window = 64, .drain = {.until = 3s, .reserve = 1500ms}}};
  const cohort::indices<int> endless{0, 1'000'000'000};
  const auto drop = [](int) {};
  if (!root) {
    EXPECT_TRUE(f.run(endless, drop).drained());
    return;
  }
  try {
    f.run(endless, drop);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::drained_farm<int>& left) {
    EXPECT_GT(need_of(left.what()), 0.1);
  }
}

TEST_F(drain_ranks, an_executor_learns_from_those_that_run) {
  const auto body = [&](cohort::executor& pool) {
    std::vector<cohort::future<int>> all;
    for (int i = 0; i != 100; ++i) all.push_back(pool.with({.ranks = members}).submit(brief_then_long, i));
    try {
      for (auto& each : all) static_cast<void>(each.get());
      ADD_FAILURE() << "nothing was thrown";
    } catch (const cohort::drained_error& why) {
      EXPECT_GT(need_of(why.what()), 0.1);
      throw;
    }
  };
  EXPECT_EQ(cohort::run_executor(world, body, {.drain = {.until = 3s, .reserve = 1500ms}}), cohort::resume_status);
}

TEST_F(drain_ranks, an_executor_lets_those_that_run_end) {
  for (const int signals : {1, 2}) {
    SCOPED_TRACE(signals);
    const auto sum = [](cohort::task_context& here, int x) {
      const auto total = here.communicator().allreduce(x, std::plus{});
      std::this_thread::sleep_for(1ms);
      return total;
    };
    const auto body = [&](cohort::executor& pool) {
      std::vector<cohort::future<int>> all;
      for (int i = 0; i != 200; ++i) all.push_back(pool.with({.retries = 1, .ranks = members}).submit(sum, i));
      EXPECT_EQ(all.front().get(), 0);
      for (int n = 0; n != signals; ++n) {
        ::kill(pids.back(), SIGUSR1);
        while (!pool.draining()) std::this_thread::sleep_for(1ms);
      }
      std::size_t done = 0;
      std::size_t left = 0;
      for (int i = 0; i != 200; ++i) {
        try {
          EXPECT_EQ(all[static_cast<std::size_t>(i)].get(), members * i);
          ++done;
        } catch (const cohort::drained_error&) {
          ++left;
        }
      }
      EXPECT_EQ(pool.not_run().size(), left);
      EXPECT_EQ(pool.statistics().drained, left);
      EXPECT_EQ(pool.statistics().succeeded, done);
    };
    const int status = cohort::run_executor(world, body, {.drain = {.signals = {SIGUSR1}}});
    EXPECT_EQ(status, cohort::resume_status);
  }
}

}  // namespace
