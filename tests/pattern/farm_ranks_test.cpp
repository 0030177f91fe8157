// Tasks of a farm that several ranks run together.

#include <cohort/collective.hpp>
#include <cohort/p2p.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

class farm_ranks : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  bool root = world.rank() == 0;
  int two = std::min(2, world.size());
};

TEST_F(farm_ranks, have_a_communicator) {
  const int me = world.rank();
  for (int n = 1; n <= world.size(); ++n) {
    cohort::farm f{world,
                   [me](int /*task*/, cohort::communicator& members) {
                     const auto all = members.allgather(me);
                     return std::vector<int>(all.begin(), all.end());
                   },
                   {.ranks = n}};
    const auto who = f.map(cohort::indices(0, 20));
    EXPECT_EQ(who.size(), root ? 20U : 0U);
    for (const auto& ranks : who) {
      EXPECT_EQ(std::set<int>(ranks.begin(), ranks.end()).size(), static_cast<std::size_t>(n));
      EXPECT_TRUE(std::is_sorted(ranks.begin(), ranks.end()));
    }
  }
}

TEST_F(farm_ranks, give_the_first_ones_result_in_order) {
  for (const unsigned threads : {1U, 2U}) {
    cohort::farm f{world,
                   [](int x, const cohort::communicator& members) {
                     const int sum = members.allreduce(x, std::plus{});
                     return members.rank() == 0 ? sum : -1;
                   },
                   {.ordered = true, .ranks = two, .threads = threads}};
    for (int run = 0; run != 2; ++run) {
      int next = 0;
      const auto report = f.run(cohort::indices(0, 100), [&](int sum) { EXPECT_EQ(sum, two * next++); });
      EXPECT_EQ(next, root ? 100 : 0);
      EXPECT_EQ(report.tasks, 100U);
      EXPECT_EQ(report.succeeded, 100U);
      EXPECT_EQ(report.failed + report.retried, 0U);
      std::uint64_t parts = 0;
      for (const auto& rank : report.ranks) parts += rank.tasks;
      EXPECT_EQ(parts, 100U * static_cast<unsigned>(two));
    }
  }
}

TEST_F(farm_ranks, create_tasks_once) {
  cohort::farm f{world,
                 [](int x, cohort::task_sink<int>& submit, cohort::communicator& members) {
                   members.barrier();
                   if (x > 0) submit(x - 1);
                   return x;
                 },
                 {.ranks = world.size()}};
  int results = 0;
  const auto report = f.run(std::vector{4, 4}, [&](int) { ++results; });
  EXPECT_EQ(results, root ? 10 : 0);
  EXPECT_EQ(report.tasks, 10U);
}

TEST_F(farm_ranks, fail_with_what_a_member_threw) {
  std::vector<cohort::task_failure> failures;
  std::vector<int> results;
  cohort::farm f{world,
                 [](int x, cohort::communicator& members) {
                   members.barrier();
                   if (x % 3 == 1 && members.rank() == members.size() - 1)
                     throw std::domain_error{"task " + std::to_string(x)};
                   return x;
                 },
                 {.retries = 1, .ordered = true, .ranks = world.size()}};
  const auto report = f.run(
      cohort::indices(0, 9), [&](int x) { results.push_back(x); },
      [&](const cohort::task_failure& what) { failures.push_back(what); });
  EXPECT_EQ(report.tasks, 9U);
  EXPECT_EQ(report.succeeded, 6U);
  EXPECT_EQ(report.failed, 3U);
  EXPECT_EQ(report.retried, 3U);
  if (!root) return;
  EXPECT_EQ(results, (std::vector{0, 2, 3, 5, 6, 8}));
  EXPECT_EQ(failures.size(), 3U);
  for (const auto& what : failures) {
    EXPECT_EQ(what.task % 3, 1U);
    EXPECT_EQ(what.message, "task " + std::to_string(what.task));
    EXPECT_EQ(what.attempt, 1U);
    EXPECT_EQ(what.rank, world.size() - 1);
    EXPECT_EQ(what.host, report.ranks.back().host);
  }
}

TEST_F(farm_ranks, end_the_run_if_nobody_handles_their_failure) {
  cohort::farm f{world,
                 [](int x, cohort::communicator& members) {
                   members.barrier();
                   if (x == 5) throw std::domain_error{"five"};
                   return x;
                 },
                 {.ranks = two}};
  bool thrown = false;
  try {
    (void)f.run(cohort::indices(0, 1000), [](int) {});
  } catch (const cohort::task_error& e) {
    thrown = true;
    EXPECT_EQ(e.failure().task, 5U);
    EXPECT_EQ(e.failure().message, "five");
  }
  EXPECT_EQ(thrown, root);
  const auto after = f.map(std::vector{1, 2, 3});
  EXPECT_EQ(after, root ? (std::vector{1, 2, 3}) : std::vector<int>{});
}

TEST_F(farm_ranks, can_overrun_their_timeout) {
  std::vector<cohort::task_failure> failures;
  cohort::farm f{world,
                 [](int x, cohort::communicator& members) {
                   members.barrier();
                   if (x == 1) std::this_thread::sleep_for(200ms);
                   return x;
                 },
                 {.timeout = 50ms, .ranks = world.size()}};
  const auto report = f.run(
      std::vector{0, 1, 2}, [](int) {}, [&](const cohort::task_failure& what) { failures.push_back(what); });
  EXPECT_EQ(report.succeeded + report.failed, 3U);
  if (!root) return;
  const auto slow = std::find_if(failures.begin(), failures.end(), [](const auto& what) { return what.task == 1; });
  EXPECT_TRUE(slow != failures.end());
  if (slow == failures.end()) return;
  EXPECT_EQ(slow->reason, cohort::dispatch::end_reason::timed_out);
  EXPECT_EQ(slow->rank, 0);
}

TEST_F(farm_ranks, of_one_are_the_rank_alone) {
  cohort::farm f{world, [](int x, cohort::communicator& members) { return members.allreduce(x, std::plus{}); }};
  const auto same = f.map(cohort::indices(0, 50));
  for (std::size_t i = 0; i != same.size(); ++i) EXPECT_EQ(same[i], static_cast<int>(i));
}

TEST_F(farm_ranks, have_their_state) {
  const int me = world.rank();
  cohort::farm f{world,
                 cohort::with_state{[me] { return me; },
                                    [](int& state, int x, cohort::communicator& members) {
                                      return x + members.allreduce(state, std::plus{});
                                    }},
                 {.ranks = world.size()}};
  const int sum = world.size() * (world.size() - 1) / 2;
  const auto results = f.map(std::vector{1, 2});
  EXPECT_EQ(results, root ? (std::vector{1 + sum, 2 + sum}) : std::vector<int>{});
}

TEST_F(farm_ranks, that_there_are_not_are_refused) {
  for (const int n : {0, -1, world.size() + 1}) {
    try {
      const cohort::farm f{world, [](int x) { return x; }, {.ranks = n}};
      ADD_FAILURE() << n;
    } catch (const cohort::argument_error& e) {
      EXPECT_NE(std::string{e.what()}.find(n < 1 ? "ranks is less than 1" : "ask for at most so many"),
                std::string::npos)
          << e.what();
    }
  }
}

}  // namespace
