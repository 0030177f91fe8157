#include <cohort/collective/allgatherv.hpp>
#include <cohort/collective/gatherv.hpp>
#include <cohort/core/wait.hpp>
#include <cohort/pattern/detail/placed_runs.hpp>

#include <algorithm>

namespace cohort::detail {

gathered<unit_range> gather_runs(const communicator& comm, const std::vector<unit_range>& mine, int root,
                                 const call_site& where) {
  return comm.gatherv(mine, {root}, where);
}

gathered<unit_range> share_runs(const communicator& comm, const std::vector<unit_range>& mine,
                                const call_site& where) {
  return comm.allgatherv(mine, where);
}

std::vector<placed_run> in_order(const gathered<unit_range>& runs) {
  std::vector<placed_run> placed;
  placed.reserve(runs.values.size());
  const unit_range* at = runs.values.data();
  for (std::size_t rank = 0; rank != runs.counts.size(); ++rank) {
    std::size_t offset = 0;
    for (std::size_t i = 0; i != runs.counts[rank]; ++i, ++at) {
      placed.push_back({*at, rank, offset});
      offset += at->size();
    }
  }
  std::ranges::sort(placed, {}, [](const placed_run& run) { return run.indices.begin; });
  return placed;
}

std::vector<std::size_t> results_of(const gathered<unit_range>& runs) {
  std::vector<std::size_t> results;
  results.reserve(runs.counts.size());
  const unit_range* at = runs.values.data();
  for (const auto count : runs.counts) {
    std::size_t sum = 0;
    for (std::size_t i = 0; i != count; ++i) sum += (at++)->size();
    results.push_back(sum);
  }
  return results;
}

void receive_all(std::vector<request<void>>& coming) {
  wait_all(coming);
}

}  // namespace cohort::detail
