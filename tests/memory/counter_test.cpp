// A counter hands out each number once.

#include <cohort/memory/counter.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace {

using namespace cohort::test;
using cohort::distributed_counter;

std::vector<std::int64_t> of_all(const std::vector<std::int64_t>& mine) {
  auto length = static_cast<int>(mine.size());
  std::vector<int> lengths(ranks());
  PMPI_Allgather(&length, 1, MPI_INT, lengths.data(), 1, MPI_INT, world());
  std::vector<int> offsets(ranks());
  std::exclusive_scan(lengths.begin(), lengths.end(), offsets.begin(), 0);
  std::vector<std::int64_t> all(static_cast<std::size_t>(std::accumulate(lengths.begin(), lengths.end(), 0)));
  PMPI_Allgatherv(mine.data(), length, MPI_INT64_T, all.data(), lengths.data(), offsets.data(), MPI_INT64_T,
                  world());
  std::ranges::sort(all);
  return all;
}

TEST(distributed_counter, hands_out_each_number_once_from_every_host) {
  for (int host = 0; host != world().size(); ++host) {
    distributed_counter next{world(), {.host = host, .initial = -3}};
    EXPECT_EQ(next.host(), host);
    std::vector<std::int64_t> mine;
    for (auto i = next.fetch_add(); i < 500; i = next.fetch_add()) mine.push_back(i);
    std::vector<std::int64_t> expected(503);
    std::iota(expected.begin(), expected.end(), -3);
    EXPECT_EQ(of_all(mine), expected);
    barrier();
    EXPECT_EQ(next.load(), 500 + world().size());
    barrier();
    if (world().rank() == world().size() - 1) next.reset(7);
    barrier();
    EXPECT_EQ(next.load(), 7);
    barrier();
    next.fetch_add(1000000000000);
    barrier();
    EXPECT_EQ(next.load(), 7 + 1000000000000 * world().size());
  }
}

TEST(distributed_counter, several_live_side_by_side_and_move) {
  distributed_counter first{world()};
  distributed_counter second{world(), {.initial = 100}};
  auto moved = std::move(first);
  moved.fetch_add(1);
  second.fetch_add(2);
  barrier();
  EXPECT_EQ(moved.load(), world().size());
  EXPECT_EQ(second.load(), 100 + 2 * world().size());
}

TEST(distributed_counter, on_a_part_of_the_ranks) {
  const auto alone = world().split(world().rank());
  distributed_counter own{alone};
  EXPECT_EQ(own.fetch_add(5), 0);
  EXPECT_EQ(own.load(), 5);
}

TEST(distributed_counter, a_host_that_does_not_exist) {
  refused("root " + std::to_string(world().size()) + " does not exist", [] {
    const distributed_counter wrong{world(), {.host = world().size()}};
  });
}

}  // namespace
