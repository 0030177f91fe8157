#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/pattern/parallel_for.hpp>

#include "loop_cases.hpp"
#include "support/cost.hpp"
#include "support/refused.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

using namespace cohort::test;
using cohort::parallel_for;
using cohort::dispatch::schedule;

/// How often each index was run, over all ranks.
std::vector<int> sum(const std::vector<int>& mine) {
  const auto all = world().allreduce(mine, std::plus{});
  return {all.begin(), all.end()};
}

TEST(parallel_for, runs_every_index_once) {
  for (const int node_size : node_sizes()) {
    for (const auto how : loop_schedules) {
      for (const int n : {0, 1, 2, 3, 5, 6, 8, 100, 1001}) {
        for (const std::uint64_t chunk : {1U, 3U, 5000U}) {
          std::vector<int> times(static_cast<std::size_t>(n), 0);
          const auto mine = parallel_for(world(), n, [&](int i) { ++times[static_cast<std::size_t>(i)]; },
                                         {.schedule = how, .chunk = chunk, .node_size = node_size});
          EXPECT_EQ(mine.indices, static_cast<std::uint64_t>(std::count(times.begin(), times.end(), 1)));
          EXPECT_EQ(sum(times), std::vector<int>(times.size(), 1))
              << n << " indices, nodes of " << node_size << ", schedule " << static_cast<int>(how) << ", chunk "
              << chunk;
        }
      }
    }
  }
}

TEST(parallel_for, loops_follow_each_other_at_once) {
  // Nothing between the loops: ranks that are through begin the next one while others still leave the last.
  for (const int node_size : node_sizes()) {
    std::vector<int> times(64, 0);
    constexpr int loops = 300;
    for (int loop = 0; loop != loops; ++loop) {
      const auto n = static_cast<std::size_t>(loop % 64);
      parallel_for(world(), n, [&](std::size_t i) { ++times[i]; },
                   {.schedule = loop_schedules[static_cast<std::size_t>(loop) % loop_schedules.size()],
                    .node_size = node_size});
    }
    std::vector<int> want(64, 0);
    for (int loop = 0; loop != loops; ++loop) {
      for (int i = 0; i != loop % 64; ++i) ++want[static_cast<std::size_t>(i)];
    }
    EXPECT_EQ(sum(times), want) << "nodes of " << node_size;
  }
}

TEST(parallel_for, uneven_work_and_late_ranks) {
  for (const int node_size : node_sizes()) {
    for (const auto how : loop_schedules) {
      std::vector<int> times(60, 0);
      std::minstd_rand random{static_cast<unsigned>(world().rank() + 1)};
      if (random() % 2 == 0) std::this_thread::sleep_for(3ms);
      parallel_for(world(), times.size(),
                   [&](std::size_t i) {
                     ++times[i];
                     std::this_thread::sleep_for(std::chrono::microseconds{i % 17 == 0 ? 2000 : 20 * (i % 5)});
                   },
                   {.schedule = how, .node_size = node_size});
      EXPECT_EQ(sum(times), std::vector<int>(60, 1)) << "nodes of " << node_size;
    }
  }
}

TEST(parallel_for, every_rank_works) {
  for (const int node_size : node_sizes()) {
    const auto mine = parallel_for(world(), 40 * world().size(), [](int) { std::this_thread::sleep_for(1ms); },
                                   {.node_size = node_size});
    EXPECT_GT(mine.indices, 0U);
    EXPECT_GE(mine.busy_seconds, 0.001 * static_cast<double>(mine.indices));
  }
}

TEST(parallel_for, static_blocks_belong_to_ranks) {
  const auto ranks = static_cast<std::uint64_t>(world().size());
  for (const int node_size : node_sizes()) {
    for (const std::uint64_t n : {std::uint64_t{1}, ranks, 10 * ranks, 10 * ranks + 1}) {
      const auto each = (n + ranks - 1) / ranks;
      std::vector<std::uint64_t> mine;
      parallel_for(world(), n, [&](std::uint64_t i) { mine.push_back(i); },
                   {.schedule = schedule::static_block, .node_size = node_size});
      std::vector<std::uint64_t> want;
      const auto me = static_cast<std::uint64_t>(world().rank());
      for (auto i = me * each; i < std::min(n, (me + 1) * each); ++i) want.push_back(i);
      EXPECT_EQ(mine, want);
    }
  }
}

TEST(parallel_for, a_chunk_stays_together) {
  for (const int node_size : node_sizes()) {
    std::vector<int> mine;
    parallel_for(world(), 1000, [&](int i) { mine.push_back(i); },
                 {.schedule = schedule::self, .chunk = 7, .node_size = node_size});
    for (std::size_t i = 0; i != mine.size(); ++i) {
      if (mine[i] % 7 != 0) {
        EXPECT_TRUE(i != 0 && mine[i - 1] == mine[i] - 1) << mine[i];
      }
    }
  }
}

TEST(parallel_for, takes_any_integer_and_any_callable) {
  int calls = 0;
  parallel_for(world(), std::int8_t{100}, [&](auto i) {
    static_assert(std::is_same_v<decltype(i), std::int8_t>);
    ++calls;
  });
  parallel_for(world(), std::uint64_t{50}, std::function<void(int)>{[&](int) { ++calls; }});
  struct counter {
    void operator()(long) & { ++*calls; }
    int* calls;
  } functor{&calls};
  parallel_for(world(), 10U, functor);
  EXPECT_EQ(world().allreduce(calls, std::plus{}), 160);
}

TEST(parallel_for, costs_no_message_within_a_node) {
  const auto loop = [] { parallel_for(world(), 10000, [](int) {}); };
  loop();
  world().barrier();
  EXPECT_EQ(cost(loop), "; allocations 0");
}

TEST(parallel_for, runs_inside_another_on_another_communicator) {
  const cohort::communicator alone{MPI_COMM_SELF};
  int calls = 0;
  parallel_for(world(), 20, [&](int) { parallel_for(alone, 5, [&](int) { ++calls; }); });
  EXPECT_EQ(world().allreduce(calls, std::plus{}), 100);
}

TEST(parallel_for, works_on_every_communicator_and_after_it_is_gone) {
  for (int round = 0; round != 20; ++round) {
    const auto half = world().split(world().rank() % 2);
    int calls = 0;
    parallel_for(half, 10, [&](int) { ++calls; });
    EXPECT_EQ(half.allreduce(calls, std::plus{}), 10);
    auto first = half.duplicate();
    auto second = half.duplicate();
    parallel_for(first, 3, [](int) {});
    parallel_for(second, 3, [](int) {});
    // Ranks end them in different orders: neither waits.
    if (world().rank() < 2) {
      first = {};
      second = {};
    } else {
      second = {};
      first = {};
    }
  }
}

TEST(parallel_for, refuses_what_makes_no_sense) {
  const auto with = [](cohort::parallel_for_options options) {
    parallel_for(
        world(), 3, [](int) {}, options);
  };
  refused("this schedule has no chunks by position", [&] { with({.schedule = schedule::adaptive}); });
  refused("chunk is 0", [&] { with({.chunk = 0}); });
  refused("node_size is -1", [&] { with({.node_size = -1}); });
  refused("-4 indices", [] { parallel_for(world(), -4, [](int) {}); });
  refused("300 indices do not fit the function's parameter",
          [] { parallel_for(world(), 300, [](std::int8_t) {}); });
  refused("the communicator is empty", [] { parallel_for(cohort::communicator{}, 3, [](int) {}); });
}

TEST(parallel_for, names_a_loop_inside_itself) {
  try {
    parallel_for(world(), 3, [](int) { parallel_for(world(), 2, [](int) {}); });
    ADD_FAILURE() << "accepted";
  } catch (const cohort::task_error& e) {
    EXPECT_NE(std::string{e.what()}.find("a loop on this communicator is still running"), std::string::npos);
  }
}

TEST(parallel_for, notices_different_calls) {
  if (world().size() == 1) return;
  const bool odd = world().rank() == 1;
  for (const int node_size : node_sizes()) {
    const std::string message = "the ranks do not run the same loop";
    refused(message, [&] { parallel_for(world(), odd ? 11 : 10, [](int) {}, {.node_size = node_size}); });
    refused(message, [&] {
      parallel_for(world(), 10, [](int) {},
                   {.schedule = odd ? schedule::self : schedule::static_block, .node_size = node_size});
    });
    refused(message,
            [&] { parallel_for(world(), 10, [](int) {}, {.chunk = odd ? 1U : 2U, .node_size = node_size}); });
    int calls = 0;  // and all is well again
    parallel_for(world(), 10, [&](int) { ++calls; }, {.node_size = node_size});
    EXPECT_EQ(world().allreduce(calls, std::plus{}), 10);
  }
}

TEST(parallel_for, takes_the_schedule_of_the_environment) {
  const auto spread = [](const cohort::communicator& comm) {
    std::vector<int> mine;
    parallel_for(comm, 10 * comm.size(), [&](int i) { mine.push_back(i); });
    return mine;
  };
  // Rank 0's counts. The communicator remembers.
  if (world().rank() == 0) ::setenv("COHORT_SCHEDULE", "static_block", 1);
  const auto fixed = world().duplicate();
  for (int round = 0; round != 3; ++round) {
    const auto mine = spread(fixed);
    EXPECT_EQ(mine.size(), 10U);
    EXPECT_TRUE(!mine.empty() && mine.front() == 10 * world().rank());
  }
  if (world().rank() == 0) ::setenv("COHORT_SCHEDULE", "fastest", 1);
  const auto wrong = world().duplicate();
  refused(R"(unknown schedule "fastest")", [&] { (void)spread(wrong); });
  world().barrier();
  if (world().rank() == 0) ::unsetenv("COHORT_SCHEDULE");
  EXPECT_EQ(wrong.allreduce(static_cast<int>(spread(wrong).size()), std::plus{}), 10 * world().size());
}

}  // namespace
