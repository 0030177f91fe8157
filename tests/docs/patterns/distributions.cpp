// The examples of docs/patterns.md for distributions.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using cohort::test::world;

TEST(docs_distributions, answer_questions) {
  // example: distributions
  const cohort::block_distribution blocks{7, 3};           // 0 0 0 1 1 2 2: what scatter deals out
  const cohort::cyclic_distribution cyclic{7, 3};          // 0 1 2 0 1 2 0
  const cohort::block_cyclic_distribution dealt{7, 3, 2};  // 0 0 1 1 2 2 0
  EXPECT_EQ(blocks.owner(4), 1);                           // element 4 is on rank 1
  EXPECT_EQ(dealt.local_index(6), 2U);                     // at its owner element 6 is the third
  EXPECT_EQ(cyclic.global_index(1, 1), 4U);                // the second element of rank 1 is number 4
  EXPECT_EQ(dealt.local_size(0), 3U);                      // rank 0 has three: 0, 1 and 6
  // end
}

TEST(docs_distributions, redistribute) {
  // example: redistribute
  const cohort::block_distribution blocks{1000, world().size()};
  const cohort::cyclic_distribution dealt{1000, world().size()};
  std::vector<double> mine;
  for (const auto i : blocks.indices_of(world().rank())) mine.push_back(static_cast<double>(i));
  auto now = cohort::redistribute(world(), mine, blocks, dealt);  // world().rank(), + size(), + 2 size(), ...
  // end
  for (std::size_t local = 0; local != now.size(); ++local) {
    EXPECT_EQ(now[local], static_cast<double>(dealt.global_index(world().rank(), local)));
  }
}

}  // namespace
