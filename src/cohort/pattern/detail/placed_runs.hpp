#pragma once

#include <cohort/collective/detail/collected.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/request.hpp>
#include <cohort/pattern/detail/range_pool.hpp>

#include <cstddef>
#include <vector>

namespace cohort::detail {

/// Consecutive indices whose results lie together with a rank, behind `offset` others.
struct placed_run {
  unit_range indices;
  std::size_t rank = 0;
  std::size_t offset = 0;
};

/// The runs of all ranks, on the root, or everywhere. Collective. @{
[[nodiscard]] gathered<unit_range> gather_runs(const communicator& comm, const std::vector<unit_range>& mine,
                                               int root, const call_site& where);
[[nodiscard]] gathered<unit_range> share_runs(const communicator& comm, const std::vector<unit_range>& mine,
                                              const call_site& where);
/// @}

/// The runs of all ranks in the order of indices, from those of each rank in the order of its results.
[[nodiscard]] std::vector<placed_run> in_order(const gathered<unit_range>& runs);
/// How many results each rank has.
[[nodiscard]] std::vector<std::size_t> results_of(const gathered<unit_range>& runs);

/// Waits for all. (Not wait_all, which would be compiled in every program that includes cohort.)
void receive_all(std::vector<request<void>>& coming);

}  // namespace cohort::detail
