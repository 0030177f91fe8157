#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cohort {

/// What a rank did in a farm.
struct rank_report {
  std::string host;
  std::uint64_t tasks = 0;  ///< attempts that ended there
  double busy_seconds = 0;  ///< spent in tasks, over all its threads
};

/// What became of a farm's tasks. The same on every rank.
struct farm_report {
  std::uint64_t tasks = 0;      ///< all that were submitted
  std::uint64_t succeeded = 0;  ///< brought a result
  std::uint64_t failed = 0;     ///< ended without one, whatever the reason
  std::uint64_t retried = 0;    ///< attempts that were followed by another
  double seconds = 0;
  std::vector<rank_report> ranks;

  [[nodiscard]] bool complete() const noexcept { return succeeded == tasks; }
};

}  // namespace cohort
