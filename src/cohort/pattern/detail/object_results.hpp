#pragma once

#include <cohort/collective/allgatherv.hpp>
#include <cohort/collective/gatherv.hpp>
#include <cohort/core/buffer.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/detail/placed_runs.hpp>
#include <cohort/serial/pack.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Results that have to be serialised: each rank packs its own, those that want them unpack and sort them.
template <class Result>
class object_results {
 public:
  using type = std::vector<Result>;

  object_results(const communicator& comm, std::uint64_t, int root, bool everywhere)
      : comm_{comm}, root_{root}, everywhere_{everywhere} {}

  void prepare(const unit_range& portion) {
    if (!runs_.empty() && runs_.back().end == portion.begin) {
      runs_.back().end = portion.end;
    } else {
      runs_.push_back(portion);
    }
    const auto needed = results_.size() + static_cast<std::size_t>(portion.size());
    if (needed > results_.capacity()) results_.reserve(std::max(needed, 2 * results_.capacity()));
  }
  void add(Result&& result) { results_.push_back(std::move(result)); }

  type collect(const communicator&, const call_site& where) {
    if (comm_.size() == 1) return std::move(results_);
    const auto runs = joined(runs_, where);
    // The root has its own already.
    const auto packed =
        joined(everywhere_ || comm_.rank() != root_ ? serial::pack(results_) : buffer<std::byte>{}, where);
    if (packed.counts.empty()) return {};
    std::vector<type> parts(packed.counts.size());
    const std::byte* at = packed.values.data();
    for (std::size_t r = 0; r != parts.size(); at += packed.counts[r++]) {
      if (r == static_cast<std::size_t>(comm_.rank())) {
        parts[r] = std::move(results_);
      } else {
        serial::unpack_received({at, packed.counts[r]}, parts[r], "parallel_map", comm_.rank(), where);
      }
    }
    type ordered;
    std::size_t total = 0;
    for (const auto& part : parts) total += part.size();
    ordered.reserve(total);
    for (const auto& run : in_order(runs)) {
      const auto from = parts[run.rank].begin() + static_cast<std::ptrdiff_t>(run.offset);
      std::move(from, from + static_cast<std::ptrdiff_t>(run.indices.size()), std::back_inserter(ordered));
    }
    return ordered;
  }

 private:
  template <class Range>
  auto joined(const Range& mine, const call_site& where) const {
    return everywhere_ ? comm_.allgatherv(mine, where) : comm_.gatherv(mine, {root_}, where);
  }

  communicator comm_;
  int root_;
  bool everywhere_;
  std::vector<unit_range> runs_;
  type results_;
};

}  // namespace cohort::detail
