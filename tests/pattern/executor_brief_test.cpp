// Functions whose calls have been brief are called by the threads that look at messages. Nobody may notice when
// they are not brief any more.

#include <cohort/pattern/crew/understudy.hpp>
#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/executor/detail/brief_calls.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// Of this process: how many brief tasks have come back while the long one waits for them.
std::atomic<int> came_back{0};

int brief_mostly(cohort::task_context& here, int what) {
  if (what >= 0) return what;
  if (what == -1) {
    std::this_thread::sleep_for(300ms);
    return what;
  }
  if (what == -2) return here.submit([] { return -2; }).get();  // waits for a task of its own
  if (here.rank() != 0) return what;
  for (int i = 0; i != 10'000 && came_back < 5; ++i) std::this_thread::sleep_for(1ms);
  return came_back < 5 ? 0 : what;
}

class executor_brief : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};

  /// On every rank the function has been brief often enough.
  static void warm_up(const cohort::executor& pool) {
    for (int round = 0; round != 10; ++round) {
      std::vector<cohort::future<int>> all;
      for (std::size_t i = 0; i != 100 * pool.slots(); ++i) all.push_back(pool.submit(brief_mostly, 1));
      for (auto& each : all) EXPECT_EQ(each.get(), 1);
    }
  }
};

TEST_F(executor_brief, calls_that_take_long_keep_nobody_from_the_others) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    for (int round = 0; round != 10; ++round) {
      came_back = 0;
      const auto together = pool.submit(brief_mostly, -3);
      for (int i = 0; i != 5; ++i) {
        // Of another function, so that at world size 1 they run beside it only if its slot is free: not waited for.
        pool.submit([] { return 1; }).on_done([](const auto&) { ++came_back; });
      }
      if (pool.slots() > 1) {
        EXPECT_EQ(together.get(), -3) << "the long task kept the thread that hears of the others";
      } else {
        came_back = 5;
        EXPECT_EQ(together.get(), -3);
      }
    }
  });
}

TEST_F(executor_brief, calls_may_wait_for_tasks_of_their_own) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    for (int round = 0; round != 3; ++round) {
      warm_up(pool);
      std::vector<cohort::future<int>> all;
      for (std::size_t i = 0; i != 2 * pool.slots(); ++i) all.push_back(pool.submit(brief_mostly, -2));
      for (auto& each : all) EXPECT_EQ(each.get(), -2);
    }
  });
}

TEST_F(executor_brief, a_wait_with_a_deadline_gets_into_none_of_them) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    std::vector<cohort::future<int>> all;
    for (std::size_t i = 0; i != 2 * pool.slots(); ++i) all.push_back(pool.submit(brief_mostly, -1));
    EXPECT_THROW((void)all.back().get(20ms), cohort::timeout_error);
    EXPECT_FALSE(all.back().ready());
    for (auto& each : all) EXPECT_EQ(each.get(), -1);
  });
}

TEST_F(executor_brief, are_run_while_the_body_does_something_else) {
  if (cohort::current_threads() < cohort::thread_level::serialized) return;
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    std::atomic<int> done{0};
    for (int i = 0; i != 100; ++i) pool.submit(brief_mostly, i).on_done([&](const auto&) { ++done; });
    for (int i = 0; i != 10'000 && done != 100; ++i) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(done, 100);
  });
}

TEST_F(executor_brief, callbacks_of_the_body_may_wait_for_them) {
  if (cohort::current_threads() < cohort::thread_level::serialized) return;
  cohort::run_executor(world, [](cohort::executor& pool) {
    warm_up(pool);
    std::atomic<int> done{0};
    for (std::size_t i = 0; i != 2 * pool.slots(); ++i) {
      pool.submit(brief_mostly, 1).on_done([&](const auto&) {
        EXPECT_EQ(pool.submit(brief_mostly, -2).get(), -2);
        ++done;
      });
    }
    for (int i = 0; i != 10'000 && done != static_cast<int>(2 * pool.slots()); ++i)
      std::this_thread::sleep_for(1ms);
    EXPECT_EQ(done, static_cast<int>(2 * pool.slots()));
  });
}

TEST(brief_calls, are_those_that_have_been_brief) {
  cohort::detail::brief_calls past;
  EXPECT_FALSE(past.expects(7));
  for (int i = 0; i != 15; ++i) past.learn(7, 1us);
  EXPECT_FALSE(past.expects(7));
  past.learn(7, 50us);
  EXPECT_TRUE(past.expects(7));
  EXPECT_FALSE(past.expects(8));
  past.learn(7, 51us);
  EXPECT_FALSE(past.expects(7));
  for (int i = 0; i != 255; ++i) past.learn(7, 1us);
  EXPECT_FALSE(past.expects(7));
  past.learn(7, 1us);
  EXPECT_TRUE(past.expects(7));
}

TEST(understudy, keeps_watch_while_an_act_lasts) {
  std::atomic<int> looks{0};
  cohort::crew::understudy other{[&] {
    ++looks;
    std::this_thread::sleep_for(100us);
  }};
  for (int act = 0; act != 3; ++act) {
    std::this_thread::sleep_for(30ms);  // it sleeps by then
    const int before = looks;
    other.play([&] {
      for (int i = 0; i != 10'000 && looks < before + 3; ++i) std::this_thread::sleep_for(1ms);
    });
    EXPECT_GE(looks, before + 3);
    const std::lock_guard turn{other.turn()};
    const int after = looks;
    std::this_thread::sleep_for(5ms);
    EXPECT_EQ(looks, after) << "it is not its turn";
  }
}

TEST(understudy, hands_on_what_the_watch_throws) {
  cohort::crew::understudy other{[] { throw std::runtime_error{"torn"}; }};
  std::this_thread::sleep_for(5ms);
  EXPECT_NO_THROW(other.play([] {}));
  EXPECT_THROW(other.play([] { std::this_thread::sleep_for(100ms); }), std::runtime_error);
}

}  // namespace
