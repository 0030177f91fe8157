// Data that are there once per node, shared by all ranks together.

#include <cohort/collective/allgather.hpp>
#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/parallel_map.hpp>
#include <cohort/pattern/rank_error.hpp>
#include <cohort/pattern/share_per_node.hpp>

#include "shared_mappings.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace {

using cohort::test::mapped;
using cohort::test::world;

std::vector<int> squares(std::size_t n) {
  std::vector<int> all(n);
  for (std::size_t i = 0; i != n; ++i) all[i] = static_cast<int>(i * i);
  return all;
}

TEST(share_per_node, gives_every_rank_the_roots_elements) {
  for (int root = 0; root != world().size(); ++root) {
    for (const int node_size : {0, 1, 2, 3}) {
      const auto mine = world().rank() == root ? squares(1000) : std::vector<int>{};
      const auto table = cohort::share_per_node(world(), mine, {.root = root, .node_size = node_size});
      EXPECT_EQ(std::vector(table.begin(), table.end()), squares(1000));
      EXPECT_EQ(mapped(), 1);
    }
  }
  EXPECT_EQ(mapped(), 0);
}

TEST(share_per_node, is_one_memory_per_node) {
  const auto inode = [](const void* at) {
    std::ifstream maps{"/proc/self/maps"};
    unsigned long found = 0;
    for (std::string line; std::getline(maps, line);) {
      const auto begin = std::stoul(line, nullptr, 16);
      if (begin == reinterpret_cast<unsigned long>(at)) found = std::stoul(line.substr(line.find(' ') + 21));
    }
    return found;
  };
  for (const int node_size : {0, 2}) {
    const auto table = cohort::share_per_node(world(), squares(10), {.node_size = node_size});
    const auto of_all = world().allgather(inode(table.span().data()));
    const std::set<unsigned long> all(of_all.begin(), of_all.end());
    const int nodes = node_size == 0 ? 1 : (world().size() + node_size - 1) / node_size;
    EXPECT_EQ(static_cast<int>(all.size()), nodes) << "nodes of " << node_size;
    EXPECT_EQ(all.count(0), 0U);
  }
}

TEST(share_per_node, serves_loops_and_executors) {
  std::optional table{cohort::share_per_node(world(), squares(1000), {.node_size = 2})};
  const auto data = table->data();
  const auto got = cohort::parallel_map(world(), 1000, [data](int i) { return data[static_cast<std::size_t>(i)]; },
                                        {.everywhere = true});
  EXPECT_EQ(std::vector(got.begin(), got.end()), squares(1000));
  const auto body = [data](cohort::executor& pool) {
    const auto look = [data](int i) { return data[static_cast<std::size_t>(i)]; };
    EXPECT_EQ(pool.map(look, std::vector{3, 30}), (std::vector{9, 900}));
  };
  EXPECT_EQ(cohort::run_executor(world(), body), 0);
  auto moved = std::move(*table);
  table.reset();
  EXPECT_EQ(moved[31], 961);
  moved = {};
  EXPECT_THROW(static_cast<void>(data.span()), cohort::argument_error);
}

TEST(share_per_node, of_nothing_is_nothing) {
  const auto none = cohort::share_per_node(world(), std::vector<double>{});
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.begin(), none.end());
}

TEST(share_per_node, too_much_fails_on_every_rank) {
  // As if the root had so many, which it does not come to read.
  const std::span<const std::byte> much{reinterpret_cast<const std::byte*>(&world()), std::size_t{1} << 50U};
  try {
    static_cast<void>(cohort::share_per_node(world(), world().rank() == 0 ? much : much.first(0)));
    ADD_FAILURE();
  } catch (const cohort::rank_error& e) {
    EXPECT_EQ(e.failure().rank, 0);
    EXPECT_NE(std::string{e.what()}.find("1125899906842624 bytes"), std::string::npos) << e.what();
    EXPECT_NE(std::string{e.what()}.find("share_per_node failed on rank 0"), std::string::npos) << e.what();
  }
  EXPECT_EQ(mapped(), 0);
  EXPECT_THROW(static_cast<void>(cohort::share_per_node(world(), std::vector{1}, {.node_size = -1})),
               cohort::argument_error);
}

}  // namespace
