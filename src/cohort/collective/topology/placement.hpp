#pragma once

#include <cohort/core/communicator.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cohort {

struct placement_options {
  /// Ranks that give the same name are on one node, whatever memory they share: racks, sockets, or nodes that a
  /// test makes up. Empty on all ranks: those share a node that share memory. Otherwise each rank gives one.
  std::string node = {};
};

/// Which rank is on which node. Nodes are numbered in the order of their first ranks, so rank 0 is on node 0, and
/// the first rank of each is its leader.
///
/// An immutable value, the same on all ranks but for what it says of this one; copies share its communicators.
class placement {
 public:
  /// Collective over `comm`: three splits, two allgathers, and the names of the nodes. Throws argument_error, on
  /// all ranks, if some give a node and others do not.
  explicit placement(const communicator& comm, const placement_options& options = {},
                     call_site where = call_site::current());

  [[nodiscard]] int nodes() const noexcept { return static_cast<int>(first_.size()) - 1; }
  /// This rank's node, and its number there; the leader's is 0. @{
  [[nodiscard]] int node() const noexcept { return node_of_[static_cast<std::size_t>(rank_)]; }
  [[nodiscard]] int node_rank() const noexcept { return on_node_.rank(); }
  [[nodiscard]] bool leads() const noexcept { return node_rank() == 0; }
  /// @}

  /// Of any rank. Throws argument_error for what is none.
  [[nodiscard]] int node_of(int rank, call_site where = call_site::current()) const;
  [[nodiscard]] bool same_node(int a, int b, call_site where = call_site::current()) const {
    return node_of(a, where) == node_of(b, where);
  }
  /// The ranks of a node in ascending order, the first of them, and the node's name. They throw argument_error for
  /// what is no node. @{
  [[nodiscard]] std::span<const int> ranks(int node, call_site where = call_site::current()) const;
  [[nodiscard]] int leader(int node, call_site where = call_site::current()) const {
    return ranks(node, where).front();
  }
  [[nodiscard]] const std::string& name(int node, call_site where = call_site::current()) const;
  /// @}

  /// The ranks of this node, in the order of `comm`.
  [[nodiscard]] const communicator& on_node() const noexcept { return on_node_; }
  /// The leaders of all nodes, in the order of nodes; false on other ranks.
  [[nodiscard]] const communicator& leaders() const noexcept { return leaders_; }

 private:
  void check_node(int node, const call_site& where) const;

  int rank_;
  communicator on_node_;
  communicator leaders_;
  std::vector<int> node_of_;        ///< each rank
  std::vector<int> by_node_;        ///< all ranks, node by node
  std::vector<std::size_t> first_;  ///< of each node there, and the end
  std::vector<std::string> names_;
};

}  // namespace cohort
