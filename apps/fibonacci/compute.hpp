#pragma once

#include <cohort/core/communicator.hpp>

#include "fibonacci/term.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fibonacci {

/// How long the parallel part took, on the root.
struct timing {
  int ranks = 0;
  double wall = 0;       ///< seconds from the scatter to the end of the gather
  double processor = 0;  ///< seconds of processor time that all ranks together spent computing terms
  double alone = 0;      ///< seconds for all terms on one rank, if that was measured, else 0

  /// Speed-up over one rank: what one rank needs, over what all of them needed. As measured, or else estimated from
  /// the processor time, which (unlike the time on the clock) does not count ranks that wait for a shared core.
  [[nodiscard]] double speed_up() const noexcept { return (alone > 0 ? alone : processor) / wall; }
};

/// The computed terms, on the root; empty on other ranks. Rank by rank, the order in which they were dealt out.
struct results {
  std::vector<summary> terms;
  std::vector<std::string_view> values;  ///< of each term, written out, if that was asked for; they lie in `texts`
  std::vector<std::string> texts;        ///< what each rank wrote
  timing time;
};

/// Computes the terms `distinct` (which counts on the root, rank 0, only) on all ranks and gathers them on the
/// root. `full` (the same on every rank): with the values written out. Collective.
[[nodiscard]] results compute_together(const cohort::communicator& world,
                                       const std::vector<std::uint64_t>& distinct, bool full);

/// Computes the terms of `together` again, on the root alone, and notes the time there; the other ranks sleep
/// meanwhile, so that they do not take its core. Throws cohort::error if a term comes out differently. Collective.
void compute_alone(const cohort::communicator& world, results& together, bool full);

}  // namespace fibonacci
