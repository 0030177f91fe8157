#pragma once

#include <cohort/dispatch/settings.hpp>

#include <cstdint>

namespace cohort {

/// How parallel_for shares out its indices; the same on every rank.
struct parallel_for_options {
  /// automatic: what the environment variable COHORT_SCHEDULE of rank 0 names when a communicator runs its first
  /// loop
  /// ("self", "guided", ...), else factoring. With the static schedules the portions belong to ranks (static_block:
  /// the first to rank 0, the second to rank 1, ...), so that a rank finds the data that it had in the last loop.
  dispatch::schedule schedule = dispatch::schedule::automatic;
  std::uint64_t chunk = 1;  ///< indices that stay together: portions are multiples of it
  /// Ranks that claim indices through shared memory, where fewer than all of a node are to: 2 makes nodes of two
  /// ranks each out of every node. 0: all.
  int node_size = 0;
};

/// How parallel_map does; the same on every rank.
struct parallel_map_options {
  dispatch::schedule schedule = dispatch::schedule::automatic;  ///< as for parallel_for, and so the next two @{
  std::uint64_t chunk = 1;
  int node_size = 0;        ///< @}
  int root = 0;             ///< where the results go
  bool everywhere = false;  ///< to every rank instead
};

/// What one rank did in a loop.
struct loop_share {
  std::uint64_t indices = 0;
  double busy_seconds = 0;  ///< spent in the function
};

}  // namespace cohort
