#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>

#include "generated.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

class farm_timeout : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  bool root = world.rank() == 0;
};

TEST_F(farm_timeout, ends_the_wait_for_a_task) {
  std::vector<cohort::task_failure> failures;
  int results = 0;
  cohort::farm f{world,
                 [](int x) {
                   if (x == 5) std::this_thread::sleep_for(700ms);
                   return x;
                 },
                 {.timeout = 200ms}};
  const auto report = f.run(
      cohort::indices(0, 20), [&](int) { ++results; }, [&](const auto& what) { failures.push_back(what); });
  EXPECT_EQ(report.failed, 1U);
  EXPECT_EQ(report.succeeded, 19U);
  if (!root) return;
  EXPECT_EQ(results, 19);
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].reason, cohort::dispatch::end_reason::timed_out);
  EXPECT_EQ(failures[0].task, 5U);
  EXPECT_TRUE(failures[0].type.empty());
}

/// A task that returns only when it is let go, in the end: the rank's thread stays behind.
class stuck {
 public:
  ~stuck() {
    released = true;
    std::this_thread::sleep_for(50ms);  // lets the thread end before the sanitizers look for leaks
  }
  static void wait() {
    here = true;
    while (!released) std::this_thread::sleep_for(5ms);
  }
  static inline std::atomic<bool> released{false};
  static inline std::atomic<bool> here{false};  ///< on this rank
};

TEST_F(farm_timeout, leaves_a_task_behind_that_never_returns_and_says_so) {
  stuck::released = false;
  stuck::here = false;
  const stuck let_go;
  std::string error;
  cohort::farm f{world,
                 [](int x) {
                   if (x == 4) stuck::wait();
                   return x;
                 },
                 {.timeout = 100ms, .grace = 300ms, .ordered = true}};
  try {
    f.run(
        cohort::indices(0, 5), [](int) {}, [](const auto&) {});
  } catch (const cohort::error& e) {
    error = e.what();
  }
  EXPECT_EQ(error.find("still runs 1 task") != std::string::npos, root || stuck::here) << error;
  EXPECT_EQ(world.allreduce(1, std::plus{}), world.size());
}

TEST_F(farm_timeout, is_an_error_if_no_rank_is_left_to_work) {
  stuck::released = false;
  const stuck let_go;
  std::string error;
  cohort::farm f{world,
                 [](int) {
                   stuck::wait();
                   return 0;
                 },
                 {.timeout = 100ms, .grace = 300ms}};
  try {
    f.run(
        cohort::indices(0, 100), [](int) {}, [](const auto&) {});
  } catch (const cohort::error& e) {
    error = e.what();
  }
  EXPECT_NE(error.find(root ? "cannot run" : "still runs 1 task"), std::string::npos) << error;
  EXPECT_EQ(world.allreduce(1, std::plus{}), world.size());
}

TEST_F(farm_timeout, none_means_that_what_runs_is_waited_for) {
  std::atomic<int> inside = 0;
  cohort::farm f{world,
                 [&](int x) {
                   ++inside;
                   std::this_thread::sleep_for(x == 0 ? 200ms : 1s);
                   --inside;
                   if (x == 0) throw std::runtime_error("ends the run");
                   return x;
                 },
                 {.grace = 50ms, .prefetch = 0, .schedule = cohort::dispatch::schedule::self}};
  bool thrown = false;
  try {
    f.run(cohort::indices(0, world.size()), [](int) {});
  } catch (const cohort::task_error&) {
    thrown = true;
  }
  EXPECT_EQ(inside, 0);
  EXPECT_EQ(thrown, root);
}

TEST_F(farm_timeout, that_was_not_overrun_is_waited_for_when_the_run_is_cut_short) {
  std::atomic<int> inside = 0;
  cohort::farm f{world,
                 [&](int x) {
                   ++inside;
                   std::this_thread::sleep_for(x == 0 ? 200ms : 1s);
                   --inside;
                   if (x == 0) throw std::runtime_error("ends the run");
                   return x;
                 },
                 {.timeout = 60s, .grace = 50ms, .prefetch = 0, .schedule = cohort::dispatch::schedule::self}};
  EXPECT_NO_THROW({
    try {
      f.run(cohort::indices(0, world.size()), [](int) {});
    } catch (const cohort::task_error&) {
    }
  });
  EXPECT_EQ(inside, 0);
}

TEST_F(farm_timeout, does_not_count_the_time_of_callbacks_and_input) {
  cohort::farm f{world, [](int x) { return x; }, {.retries = 20, .timeout = 300ms, .grace = 100ms, .window = 2}};
  const auto slow = [](int x) {
    if (x == 3) std::this_thread::sleep_for(700ms);
    return x;
  };
  EXPECT_NO_THROW(f.run(
      cohort::test::generated{5, slow}, [&](int x) { slow(x - 1); }, [](const auto&) {}));
}

}  // namespace
