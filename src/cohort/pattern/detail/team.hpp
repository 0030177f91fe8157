#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/attached.hpp>
#include <cohort/dispatch/settings.hpp>
#include <cohort/memory/detail/node_memory.hpp>
#include <cohort/pattern/detail/range_pool.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cohort::detail {

/// What the ranks of a node share during a loop, each word on atomics. The words are zero at first and, unless a
/// loop fails, never set back: numbers of loops and sums over all loops, so that a loop begins without waiting for
/// anybody.
struct node_words {
  alignas(64) std::uint64_t home = 0;        ///< the next unit of the node's own range, plus team::home_base
  alignas(64) std::uint64_t arrived = 0;     ///< ranks at the end of their loops, over all loops
  std::array<std::uint64_t, 2> signature{};  ///< sum of what they called, of even and of odd loops
  alignas(64) std::uint64_t failed = 0;      ///< the last loop in which something failed
  std::array<std::uint64_t, 2>
      failure{};  ///< of even and of odd loops: the complement of the first index that failed
  alignas(64) std::uint64_t released = 0;  ///< the last loop that every node has ended; its outcome:
  std::uint64_t total_failure = 0;
  std::uint64_t differs = 0;
  alignas(64) std::uint64_t finished = 0;  ///< the last loop of which no unit is left outside the node
  std::uint64_t asked = 0;                 ///< requests for units that are on their way
};

/// The ranks of a communicator as they share out loops: which node each is on, the memory of each node, and what
/// the ranks know of the loops so far. Nodes are counted from that of rank 0, the hub.
class team {
 public:
  /// That of the communicator, made by the first call (collective then: a duplicate, a split by node,
  /// one page of shared memory per node), later only looked up. Ends with the MPI communicator.
  /// `node_size` > 0: pretends that each node ends after so many ranks.
  static team& of(const communicator& comm, int node_size, call_site where);

  int rank = 0;
  int size = 0;
  int node = 0;       ///< this rank's
  int node_rank = 0;  ///< this rank's number on it; 0 is the leader
  std::vector<int> node_sizes;
  std::vector<int> node_leaders;  ///< their ranks
  std::vector<int> hub;           ///< the ranks on node 0
  communicator lane;              ///< for messages of loops
  communicator leaders;           ///< the leaders of all nodes, on those; only if there are several nodes
  dispatch::schedule preferred = dispatch::schedule::automatic;  ///< of $COHORT_SCHEDULE on rank 0

  [[nodiscard]] int nodes() const noexcept { return static_cast<int>(node_sizes.size()); }
  [[nodiscard]] int here() const noexcept { return node_sizes[static_cast<std::size_t>(node)]; }
  [[nodiscard]] node_words& words() const noexcept { return *reinterpret_cast<node_words*>(memory_.data()); }
  [[nodiscard]] range_pool pool() const noexcept { return range_pool{slots()}; }

  /// After a loop that did not end well: all words as at first. Collective over `comm`, and blocks.
  void reset(const communicator& comm);

  /// Of this rank, the same on all ranks of a node between two loops. @{
  std::uint64_t loops = 0;                        ///< begun so far
  std::uint64_t home_base = 0;                    ///< units of the node's own range in the loops that ended
  std::array<std::uint64_t, 2> signature_base{};  ///< see node_words::signature
  bool busy = false;                              ///< in a loop
                                                  /// @}

 private:
  team(const communicator& comm, int nodes_of, const call_site& where);
  friend class teams;
  static constexpr std::size_t pool_slots = 8;  ///< where they are full, a rank keeps what it was granted
  [[nodiscard]] std::span<range_pool::slot> slots() const noexcept;

  node_memory memory_;
};

}  // namespace cohort::detail
