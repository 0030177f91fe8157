// The examples of docs/patterns.md: loops.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

double simulate(int i) {
  return std::sqrt(i);
}

TEST(docs_parallel_for, map) {
  // example: map
  auto squares = cohort::parallel_map(world(), 1000, [](int i) { return i * i; });  // on rank 0, in order
  // end
  EXPECT_EQ(squares.size(), world().rank() == 0 ? 1000U : 0U);
  // example: map_range
  const std::vector<std::string> names{"Ada", "Grace", "Barbara"};  // the same on every rank
  auto greetings = cohort::parallel_map(world(), names, [](const std::string& name) { return "Hello, " + name; },
                                        {.everywhere = true});
  EXPECT_EQ(greetings[1], "Hello, Grace");  // on every rank
  // end
}

TEST(docs_parallel_for, loop) {
  // example: for
  double mine = 0;
  cohort::parallel_for(world(), 1000, [&](int i) { mine += simulate(i); });
  const double total = world().allreduce(mine, std::plus{});
  // end
  EXPECT_NEAR(total, 21065.8, 0.1);
}

TEST(docs_parallel_for, options) {
  std::vector<double> cells(640);
  // example: for_options
  using cohort::dispatch::schedule;
  // The same rank gets the same cells in every step, 64 at a time at least.
  for (int step = 0; step != 10; ++step) {
    cohort::parallel_for(world(), cells.size(), [&](std::size_t i) { cells[i] += 0.1; },
                         {.schedule = schedule::static_block, .chunk = 64});
  }
  // end
  EXPECT_EQ(world().allreduce(cells[0], cohort::maximum{}), world().allreduce(cells[639], cohort::maximum{}));
}

TEST(docs_parallel_for, failure) {
  // example: for_failure
  try {
    cohort::parallel_for(world(), 100, [](int i) {
      if (i == 42) throw std::domain_error{"no such number"};
    });
  } catch (const cohort::task_error& e) {  // on every rank
    EXPECT_EQ(e.failure().task, 42U);
    EXPECT_EQ(e.failure().type, "std::domain_error");  // and message, rank, host
  }
  // end
}

TEST(docs_parallel_for, share) {
  // example: share
  const auto mine = cohort::parallel_for(world(), 1000, [](int i) { simulate(i); });
  const auto all = world().gather(mine);  // loop_share of each rank: indices, busy_seconds
  // end
  std::uint64_t sum = 0;
  for (const auto& each : all) sum += each.indices;
  EXPECT_EQ(sum, world().rank() == 0 ? 1000U : 0U);
}

}  // namespace
