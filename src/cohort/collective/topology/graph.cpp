#include <cohort/collective/topology/graph.hpp>
#include <cohort/core/detail/waiting.hpp>

#include <fmt/format.h>

#include <map>

namespace cohort {
namespace {

void check_rank(const detail::comm_state& state, int rank, const call_site& where) {
  if (rank >= 0 && rank < state.size) return;
  throw argument_error{fmt::format(
      "graph on rank {} (called at {}:{}): neighbour {} does not exist (the communicator has {} ranks); "
      "use 0 to {}",
      state.rank, where.file, where.line, rank, state.size, state.size - 1)};
}

void check_weight(const detail::comm_state& state, int weight, const call_site& where) {
  if (weight < 0) {
    detail::throw_argument_error("graph", state.rank, "a weight of {}; weights are 0 or more", weight, where);
  }
}

void check_weights(const detail::comm_state& state, const std::vector<int>& weights, std::size_t neighbors,
                   const call_site& where) {
  if (!weights.empty()) detail::check_length("graph", state, weights.size(), neighbors, where);
  for (const int each : weights) check_weight(state, each, where);
}

}  // namespace

graph::graph(const communicator& comm, const graph_neighbors& neighbors, graph_options options, call_site where) {
  const auto& state = detail::access::state(comm, "graph", where);
  for (const int each : neighbors.sources) check_rank(state, each, where);
  for (const int each : neighbors.destinations) check_rank(state, each, where);
  check_weights(state, neighbors.source_weights, neighbors.sources.size(), where);
  check_weights(state, neighbors.destination_weights, neighbors.destinations.size(), where);
  // MPI_UNWEIGHTED must be given by all ranks or by none, and a rank without neighbours cannot tell: always
  // weights.
  const auto weights = [](const std::vector<int>& given, std::size_t n) {
    auto result = given.empty() ? std::vector<int>(n, 1) : given;
    result.push_back(0);  // never a null pointer
    return result;
  };
  const auto in = weights(neighbors.source_weights, neighbors.sources.size());
  const auto out = weights(neighbors.destination_weights, neighbors.destinations.size());
  MPI_Comm joined = MPI_COMM_NULL;
  const detail::wait_scope busy{state, "graph", where};
  detail::check(MPI_Dist_graph_create_adjacent(
                    state.comm, static_cast<int>(neighbors.sources.size()), neighbors.sources.data(), in.data(),
                    static_cast<int>(neighbors.destinations.size()), neighbors.destinations.data(), out.data(),
                    MPI_INFO_NULL, options.reorder ? 1 : 0, &joined),
                "MPI_Dist_graph_create_adjacent", state, where);
  *this = made(communicator{joined, ownership::adopt});
}

graph graph::from_edges(const communicator& comm, const std::vector<graph_edge>& edges, graph_options options,
                        call_site where) {
  const auto& state = detail::access::state(comm, "graph::from_edges", where);
  std::vector<int> from, degrees, to, weights;
  std::map<int, std::vector<const graph_edge*>> by_source;
  for (const auto& each : edges) {
    check_rank(state, each.from, where);
    check_rank(state, each.to, where);
    check_weight(state, each.weight, where);
    by_source[each.from].push_back(&each);
  }
  for (const auto& [source, of_source] : by_source) {
    from.push_back(source);
    degrees.push_back(static_cast<int>(of_source.size()));
    for (const auto* each : of_source) {
      to.push_back(each->to);
      weights.push_back(each->weight);
    }
  }
  weights.push_back(0);  // never a null pointer
  MPI_Comm joined = MPI_COMM_NULL;
  const detail::wait_scope busy{state, "graph", where};
  detail::check(MPI_Dist_graph_create(state.comm, static_cast<int>(from.size()), from.data(), degrees.data(),
                                      to.data(), weights.data(), MPI_INFO_NULL, options.reorder ? 1 : 0, &joined),
                "MPI_Dist_graph_create", state, where);
  return made(communicator{joined, ownership::adopt});
}

graph graph::made(communicator comm) {
  int kind = MPI_UNDEFINED;
  MPI_Topo_test(comm.native(), &kind);
  if (kind != MPI_DIST_GRAPH) {
    throw argument_error{
        "graph: the MPI communicator has no distributed graph (MPI_Dist_graph_create did not make it); use "
        "graph{comm, "
        "{.sources, .destinations}}"};
  }
  int in = 0;
  int out = 0;
  int weighted = 0;
  MPI_Dist_graph_neighbors_count(comm.native(), &in, &out, &weighted);
  std::vector<int> sources(static_cast<std::size_t>(in)), in_weights(sources.size() + 1);
  std::vector<int> destinations(static_cast<std::size_t>(out)), out_weights(destinations.size() + 1);
  MPI_Dist_graph_neighbors(comm.native(), in, sources.data(), in_weights.data(), out, destinations.data(),
                           out_weights.data());
  return {std::move(comm), std::move(sources), std::move(destinations)};
}

}  // namespace cohort
