#pragma once

#include <cohort/collective/gather.hpp>
#include <cohort/dispatch/settings.hpp>
#include <cohort/pattern/crew/coordinator.hpp>
#include <cohort/pattern/crew/levels.hpp>
#include <cohort/pattern/farm_options.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cohort::detail {

/// What a farm's options mean to a master of it.
[[nodiscard]] inline dispatch::settings settings_of(const farm_options& options) {
  return {.how = options.schedule, .ordered = options.ordered, .prefetch = options.prefetch};
}

/// What is left behind, by rank, on the root. Collective.
inline std::vector<crew::coordinator::leftover> all_leftovers(const crew::levels& ranks, std::size_t mine) {
  std::vector<crew::coordinator::leftover> result;
  const auto jobs = ranks.all().gather(std::uint64_t{mine}, {.root = ranks.root()});
  for (std::size_t r = 0; r != jobs.size(); ++r) {
    if (jobs[r] != 0) result.push_back({static_cast<dispatch::worker_id>(r), static_cast<std::size_t>(jobs[r])});
  }
  return result;
}

}  // namespace cohort::detail
