// Distributed graphs: who is whose neighbour, said by the ranks themselves or by anybody.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/topology/graph.hpp>

#include "support/pmpi_counter.hpp"
#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::graph;

/// A random graph that all ranks know: about a third of all edges, itself included.
std::vector<cohort::graph_edge> edges() {
  std::vector<cohort::graph_edge> result;
  auto from = engine(5);
  for (int a = 0; a != world().size(); ++a) {
    for (int b = 0; b != world().size(); ++b) {
      if (from() % 3 == 0) result.push_back({a, b});
    }
  }
  return result;
}
std::vector<int> sorted(std::span<const int> ranks) {
  std::vector<int> result(ranks.begin(), ranks.end());
  std::sort(result.begin(), result.end());
  return result;
}

TEST(distributed_graph, each_rank_names_its_neighbours) {
  cohort::graph_neighbors mine;
  for (const auto& [from, to, weight] : edges()) {
    if (to == world().rank()) mine.sources.push_back(from);
    if (from == world().rank()) mine.destinations.push_back(to);
  }
  std::reverse(mine.sources.begin(), mine.sources.end());
  const graph joined{world(), mine, {.reorder = false}};
  EXPECT_EQ(std::vector<int>(joined.sources().begin(), joined.sources().end()), mine.sources);
  EXPECT_EQ(std::vector<int>(joined.destinations().begin(), joined.destinations().end()), mine.destinations);
  EXPECT_EQ(joined.allreduce(1, std::plus{}), world().size());
}

TEST(distributed_graph, anybody_names_the_edges) {
  std::vector<cohort::graph_edge> mine;
  const auto all = edges();
  for (std::size_t i = 0; i != all.size(); ++i) {
    if (static_cast<int>(i) % world().size() == world().rank()) mine.push_back(all[i]);
  }
  const auto joined = graph::from_edges(world(), mine);
  std::vector<int> sources, destinations;
  for (const auto& each : all) {
    if (each.to == world().rank()) sources.push_back(each.from);
    if (each.from == world().rank()) destinations.push_back(each.to);
  }
  EXPECT_EQ(sorted(joined.sources()), sources);
  EXPECT_EQ(sorted(joined.destinations()), destinations);
}

TEST(distributed_graph, without_edges) {
  const graph joined{world(), {}};
  EXPECT_TRUE(joined.sources().empty());
  EXPECT_TRUE(graph::from_edges(world(), {}).destinations().empty());
}

TEST(graph_contract, one_call) {
  const call_counter counter;
  const graph joined{world(), {.sources = {world().rank()}, .destinations = {world().rank()}}};
  EXPECT_EQ(counter.text(), "MPI_Comm_set_errhandler 1, MPI_Dist_graph_create_adjacent 1");
}

TEST(graph_error, wrong_arguments) {
  const auto size = world().size();
  const auto what = "neighbour " + std::to_string(size) + " does not exist";
  refused(what, [&] { (void)graph{world(), {.sources = {size}, .destinations = {}}}; });
  refused(what, [&] { (void)graph{world(), {.sources = {}, .destinations = {size}}}; });
  refused(what, [&] { (void)graph::from_edges(world(), {{0, size}}); });
  refused("neighbour -1 does not exist", [&] { (void)graph::from_edges(world(), {{-1, 0}}); });
  refused("a weight of -3; weights are 0 or more", [&] { (void)graph::from_edges(world(), {{0, 0, -3}}); });
  refused("the range has 1 elements where 2 are needed", [&] {
    (void)graph{world(), {.sources = {0, 0}, .destinations = {}, .source_weights = {1}}};
  });
  refused("the communicator is empty", [&] { (void)graph{cohort::communicator{}, {}}; });
}

}  // namespace
