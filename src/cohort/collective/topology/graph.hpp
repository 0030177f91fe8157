#pragma once

#include <cohort/collective/topology/topology.hpp>

#include <concepts>
#include <vector>

namespace cohort {

/// This rank's place in a graph: whom it receives from and whom it sends to. A rank may be named more than once,
/// itself too. Weights say how much goes over each edge, to MPI's reordering alone; all are equal if none are
/// given.
struct graph_neighbors {
  std::vector<int> sources;
  std::vector<int> destinations;
  std::vector<int> source_weights = {};
  std::vector<int> destination_weights = {};
};

/// An edge of a graph, along which `from` sends to `to`.
struct graph_edge {
  int from;
  int to;
  int weight = 1;
};

struct graph_options {
  /// MPI may number the ranks anew, to place neighbours close to each other.
  bool reorder = false;
};

/// Ranks that are joined by edges, each known to the two at its ends alone.
class graph : public topology {
 public:
  /// On no rank.
  graph() = default;
  /// Each rank names its own neighbours, which must name it in turn: one MPI_Dist_graph_create_adjacent, which
  /// sends nothing. Collective over `comm`.
  graph(const communicator& comm, const graph_neighbors& neighbors, graph_options options = {},
        call_site where = call_site::current());
  /// Each rank names any edges, each edge once: one MPI_Dist_graph_create, which tells the ranks concerned. The
  /// order of sources() and destinations() is MPI's choice. Collective over `comm`.
  [[nodiscard]] static graph from_edges(const communicator& comm, const std::vector<graph_edge>& edges,
                                        graph_options options = {}, call_site where = call_site::current());
  /// Takes over an MPI_Comm that has a distributed graph.
  template <std::same_as<MPI_Comm> Comm>
  explicit graph(Comm comm, ownership how = ownership::duplicate) : graph{made(communicator{comm, how})} {}

 private:
  graph(communicator comm, std::vector<int> sources, std::vector<int> destinations)
      : topology{std::move(comm), std::move(sources), std::move(destinations), false} {}
  static graph made(communicator comm);
};

}  // namespace cohort
