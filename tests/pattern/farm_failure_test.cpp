#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>

#include "generated.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

class farm_failure : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  bool root = world.rank() == 0;
};

int fussy(int x) {
  if (x % 10 == 3) throw std::out_of_range("the number " + std::to_string(x));
  return x;
}

TEST_F(farm_failure, comes_back_with_all_that_is_known) {
  std::vector<cohort::task_failure> failures;
  int results = 0;
  cohort::farm f{world, fussy, {.retries = 2}};
  const auto report = f.run(
      cohort::indices(0, 100), [&](int) { ++results; },
      [&](const cohort::task_failure& what) { failures.push_back(what); });
  EXPECT_EQ(report.tasks, 100U);
  EXPECT_EQ(report.succeeded, 90U);
  EXPECT_EQ(report.failed, 10U);
  EXPECT_EQ(report.retried, 20U);
  EXPECT_FALSE(report.complete());
  if (!root) return;
  EXPECT_EQ(results, 90);
  EXPECT_EQ(failures.size(), 10U);
  std::set<std::uint64_t> tasks;
  for (const auto& what : failures) {
    tasks.insert(what.task);
    EXPECT_EQ(what.type, "std::out_of_range");
    EXPECT_EQ(what.message, "the number " + std::to_string(what.task));
    EXPECT_EQ(what.attempt, 2U);
    EXPECT_GE(what.rank, 0);
    EXPECT_LT(what.rank, world.size());
    EXPECT_EQ(what.host, report.ranks[static_cast<std::size_t>(what.rank)].host);
    EXPECT_EQ(what.reason, cohort::dispatch::end_reason::failed);
    EXPECT_EQ(what.describe(), "task " + std::to_string(what.task) + " failed on rank " +
                                   std::to_string(what.rank) + " (" + what.host +
                                   "), attempt 3: std::out_of_range: the number " + std::to_string(what.task));
  }
  EXPECT_EQ(tasks.size(), 10U);
}

TEST_F(farm_failure, that_nobody_handles_is_thrown_on_the_root) {
  cohort::farm f{world, fussy};
  bool thrown = false;
  try {
    const auto report = f.run(cohort::indices(0, 1000), [](int) {});
    EXPECT_FALSE(report.complete());
  } catch (const cohort::task_error& e) {
    thrown = true;
    EXPECT_EQ(e.failure().type, "std::out_of_range");
    EXPECT_EQ(e.failure().task % 10, 3U);
    EXPECT_EQ(e.what(), e.failure().describe());
  }
  EXPECT_EQ(thrown, root);
  EXPECT_EQ(world.allreduce(1, std::plus{}), world.size());  // everybody is back
}

TEST_F(farm_failure, ends_a_map_too) {
  bool thrown = false;
  try {
    (void)cohort::farm{world, fussy}.map(cohort::indices(0, 20));
  } catch (const cohort::task_error&) {
    thrown = true;
  }
  EXPECT_EQ(thrown, root);
}

TEST_F(farm_failure, may_be_any_type) {
  std::vector<std::string> types;
  cohort::farm f{world,
                 [](int x) -> int {
                   if (x == 0) throw 42;  // NOLINT(hicpp-exception-baseclass)
                   throw std::string{"text"};
                 },
                 {.ordered = true}};
  f.run(
      std::vector{0, 1}, [](int) {}, [&](const cohort::task_failure& what) { types.push_back(what.type); });
  if (root) {
    ASSERT_EQ(types.size(), 2U);
    EXPECT_EQ(types[0], "int");
    EXPECT_NE(types[1].find("basic_string"), std::string::npos);
  }
}

TEST_F(farm_failure, is_retried_until_it_succeeds) {
  // Fails in its first attempts on any rank: the attempt count is per rank, so allow one failure per rank.
  cohort::farm f{world,
                 [calls = 0](int x) mutable {
                   if (x == 5 && ++calls == 1) throw std::runtime_error("the first time on this rank");
                   return x;
                 },
                 {.retries = 7}};
  int sum = 0;
  const auto report = f.run(cohort::indices(0, 10), [&](int x) { sum += x; });
  EXPECT_TRUE(report.complete());
  EXPECT_GE(report.retried, 1U);
  EXPECT_EQ(sum, root ? 45 : 0);
}

TEST_F(farm_failure, counts_attempts_that_were_made) {
  // Tasks that wait behind a slow one are given back and assigned again: those assignments were no attempts.
  std::vector<std::uint32_t> attempts;
  cohort::farm f{world,
                 [](int x) -> int {
                   if (x < 2) std::this_thread::sleep_for(std::chrono::milliseconds{50});
                   throw std::runtime_error("always");
                 },
                 {.retries = 1, .prefetch = 50}};
  f.run(
      cohort::indices(0, 100), [](int) {}, [&](const cohort::task_failure& e) { attempts.push_back(e.attempt); });
  EXPECT_EQ(attempts, std::vector<std::uint32_t>(root ? 100 : 0, 1U));
}

TEST_F(farm_failure, handler_may_submit_another_task) {
  std::vector<int> results;
  cohort::farm f{world, fussy};
  const auto report = f.run(
      std::vector{3}, [&](int x) { results.push_back(x); },
      [](const cohort::task_failure&, auto& submit) { submit(4); });
  EXPECT_EQ(report.tasks, 2U);
  if (root) {
    EXPECT_EQ(results, std::vector{4});
  }
}

TEST_F(farm_failure, of_a_callback_reaches_its_caller_and_lets_the_others_go) {
  cohort::farm f{world, [](int x) { return x; }};
  bool thrown = false;
  int calls_after = -1;
  try {
    f.run(cohort::indices(0, 1000), [&](int x) {
      ++calls_after;
      if (x == 500) {
        calls_after = 0;
        throw std::logic_error("stop");
      }
    });
  } catch (const std::logic_error&) {
    thrown = true;
    EXPECT_EQ(calls_after, 0);
  }
  EXPECT_EQ(thrown, root);
  EXPECT_EQ(world.allreduce(1, std::plus{}), world.size());
}

TEST_F(farm_failure, of_the_input_reaches_its_caller) {
  cohort::farm f{world, [](int x) { return x; }};
  bool thrown = false;
  try {
    f.run(cohort::test::generated{100,
                                  [](int x) {
                                    if (x == 50) throw std::logic_error("no more");
                                    return x;
                                  }},
          [](int) {});
  } catch (const std::logic_error&) {
    thrown = true;
  }
  EXPECT_EQ(thrown, root);
  EXPECT_EQ(world.allreduce(1, std::plus{}), world.size());
}

TEST_F(farm_failure, of_threads_that_must_not_call_mpi_is_foreseen) {
  const auto refused = [&](auto&& make) {
    try {
      make();
      ADD_FAILURE();
    } catch (const cohort::argument_error& e) {
      EXPECT_NE(std::string{e.what()}.find("needs thread_level::multiple on every rank"), std::string::npos)
          << e.what();
    }
  };
  if (world.size() > 1) refused([&] { const cohort::farm f{world, fussy, {.ranks = 2}}; });
  cohort::farm f{world, [](int x, cohort::communicator&) { return x; }};
  refused([&] { (void)f.map(std::vector{1}); });
}

}  // namespace
