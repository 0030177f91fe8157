// Which rank is on which node: the one that tests run on, and nodes that ranks make up.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/topology/placement.hpp>
#include <cohort/core/host_name.hpp>

#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::placement;

std::vector<int> listed(std::span<const int> ranks) {
  return {ranks.begin(), ranks.end()};
}

TEST(node_placement, ranks_that_share_memory_share_a_node) {
  const placement all{world()};
  EXPECT_EQ(all.nodes(), 1);
  EXPECT_EQ(all.node(), 0);
  EXPECT_EQ(all.node_rank(), world().rank());
  EXPECT_EQ(all.leads(), world().rank() == 0);
  EXPECT_EQ(all.leader(0), 0);
  EXPECT_EQ(all.name(0), cohort::host_name());
  EXPECT_EQ(all.ranks(0).size(), static_cast<std::size_t>(world().size()));
  EXPECT_EQ(all.on_node().size(), world().size());
  EXPECT_EQ(static_cast<bool>(all.leaders()), world().rank() == 0);
}

TEST(node_placement, nodes_are_numbered_by_their_first_ranks) {
  // Rank 0 on c, 1 on b, 2 on a, 3 on c, ...: dealt out, and not in the order of names.
  const std::vector<std::string> names{"c", "b", "a"};
  const auto name_of = [&](int rank) { return names[static_cast<std::size_t>(rank) % names.size()]; };
  const placement all{world(), {.node = name_of(world().rank())}};
  const int nodes = std::min(world().size(), 3);
  EXPECT_EQ(all.nodes(), nodes);
  for (int n = 0; n != nodes; ++n) {
    std::vector<int> there;
    for (int r = n; r < world().size(); r += 3) there.push_back(r);
    EXPECT_EQ(listed(all.ranks(n)), there);
    EXPECT_EQ(all.leader(n), n);
    EXPECT_EQ(all.name(n), name_of(n));
  }
  for (int r = 0; r != world().size(); ++r) {
    EXPECT_EQ(all.node_of(r), r % 3);
    EXPECT_EQ(all.same_node(r, world().rank()), r % 3 == world().rank() % 3);
  }
  EXPECT_EQ(all.node_rank(), world().rank() / 3);
  EXPECT_EQ(all.on_node().allreduce(1, std::plus{}), static_cast<int>(all.ranks(all.node()).size()));
  EXPECT_EQ(all.leads(), world().rank() < 3);
  EXPECT_EQ(static_cast<bool>(all.leaders()), all.leads());
  if (all.leads()) {
    EXPECT_EQ(all.leaders().size(), nodes);
    EXPECT_EQ(all.leaders().rank(), all.node());
  }
}

TEST(node_placement, each_rank_may_be_a_node) {
  const placement all{world(), {.node = "node" + std::to_string(world().rank())}};
  EXPECT_EQ(all.nodes(), world().size());
  EXPECT_EQ(all.node(), world().rank());
  EXPECT_TRUE(all.leads());
  EXPECT_EQ(all.leaders().size(), world().size());
}

TEST(node_placement, copies_are_alike) {
  const placement all{world()};
  const auto copy = all;
  EXPECT_EQ(copy.on_node(), all.on_node());
  EXPECT_EQ(copy.name(0), all.name(0));
}

TEST(node_placement, wrong_arguments) {
  const placement all{world()};
  refused("there is no rank -1", [&] { (void)all.node_of(-1); });
  refused("there is no rank", [&] { (void)all.same_node(0, world().size()); });
  refused("there is no node 1", [&] { (void)all.ranks(1); });
  refused("there is no node -1", [&] { (void)all.name(-1); });
  if (world().size() > 1) {
    // On every rank, those that gave one too.
    refused("1 of " + std::to_string(world().size()) + " ranks give a node, rank 0 does not", [&] {
      const placement some{world(), {.node = world().rank() == 1 ? "mine" : ""}};
    });
  }
}

}  // namespace
