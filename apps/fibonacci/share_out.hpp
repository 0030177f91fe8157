#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fibonacci {

/// Which rank computes which terms, laid out for a scatterv: rank 0's terms, then rank 1's, and so on.
struct shares {
  std::vector<std::uint64_t> terms;
  std::vector<int> counts;  ///< one per rank
};

/// What F(n) costs to compute, in no particular unit.
[[nodiscard]] double cost_of(std::uint64_t n) noexcept;

/// Deals `terms` out to `ranks` (at least 1) ranks so that all of them are busy for about the same time. The cost
/// of a term grows faster than its number, so equal blocks would leave the rank with the highest terms working
/// alone.
///
/// Longest processing time first: the dearest term that is left goes to the rank with the least work so far, which
/// is at most a third more than the best possible for the busiest rank (R. L. Graham, "Bounds on Multiprocessing
/// Timing Anomalies", SIAM Journal on Applied Mathematics 17, 1969). Each rank gets its dearest terms first.
/// The same input gives the same shares. Takes n log n steps.
[[nodiscard]] shares share_out(std::span<const std::uint64_t> terms, int ranks);

}  // namespace fibonacci
