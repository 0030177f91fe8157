#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace cohort {

/// What one rank did in divide_and_conquer; a plain value, so world.gather(share) has that of all.
struct divide_share {
  std::uint64_t solved = 0;  ///< problems that solve() was called for
  std::uint64_t merged = 0;  ///< problems that were split, and their results merged
  std::uint64_t given = 0;   ///< problems that other ranks took from this one
  std::uint64_t taken = 0;   ///< problems that this one took from others
  std::uint64_t asked = 0;   ///< requests for such
  double idle_seconds = 0;   ///< with nothing to work on, while others had something
  /// The least depth at which problems were found to take less than divide_options::cutoff; -1: none.
  int cutoff_depth = -1;
};

/// How divide_and_conquer works; the same on every rank, but for `share`.
struct divide_options {
  int root = 0;  ///< whose problem it is, and who gets the result
  /// Problems that are expected to take less are not handed over to another rank alone, but with others. How long
  /// problems of each depth take is measured; as long as nothing is known of a depth, they are taken for long.
  std::chrono::nanoseconds cutoff = std::chrono::microseconds{100};
  /// No problem of a greater depth is handed over; the given one has depth 0, its pieces have 1.
  int deepest = std::numeric_limits<int>::max();
  std::uint64_t seed = 0;         ///< of the choice whom to ask for work; no result depends on it
  divide_share* share = nullptr;  ///< where to tell what this rank did, if the caller wants to know
};

}  // namespace cohort
