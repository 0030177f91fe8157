// The examples of docs/patterns.md for tasks that several ranks run.
#include <cohort/cohort.hpp>

#include "support/threads.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

cohort::thread_level cohort::test::threads() {
  return thread_level::multiple;
}

namespace {

using cohort::test::world;

// example: ranks
double norm(cohort::task_context& here, int n) {  // on each member, with the same arguments
  const cohort::communicator& members = here.communicator();
  const cohort::block_distribution mine{static_cast<std::size_t>(n), members.size()};
  double part = 0;
  for (const auto i : mine.indices_of(members.rank())) part += static_cast<double>(i) * static_cast<double>(i);
  return std::sqrt(members.allreduce(part, std::plus{}));
}
// end

TEST(docs_patterns, ranks) {
  // example: ranks_submit
  const int two = std::min(2, world().size());
  cohort::run_executor(world(), [two](cohort::executor& pool) {
    auto large = pool.with({.retries = 1, .ranks = two}).submit(norm, 1000);
    auto small = pool.submit(norm, 10);  // one rank: the same function, with a communicator of one
    EXPECT_NEAR(large.get(), 18243.7, 0.1);
    EXPECT_NEAR(small.get(), 16.9, 0.1);
  });
  // end
}

TEST(docs_patterns, farm_ranks) {
  const int two = std::min(2, world().size());
  // example: farm_ranks
  cohort::farm norms{world(),
                     [](int n, cohort::communicator& members) {  // on each member, with the same task
                       double part = 0;
                       for (int i = members.rank(); i < n; i += members.size()) part += 1.0 * i * i;
                       return std::sqrt(members.allreduce(part, std::plus{}));
                     },
                     {.retries = 1, .ranks = two}};
  auto results = norms.map(std::vector{10, 100, 1000});  // on rank 0
  // end
  EXPECT_EQ(results.size(), world().rank() == 0 ? 3U : 0U);
  if (!results.empty()) {
    EXPECT_NEAR(results[2], 18243.7, 0.1);
  }
}

}  // namespace
