#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cohort {

/// What a rank did in a farm.
struct rank_report {
  std::string host;
  std::uint64_t tasks = 0;  ///< attempts that ended there
  double busy_seconds = 0;  ///< spent in tasks, over all its threads
  bool lost = false;        ///< the rank was, before the end; its host is empty if it never said a word
  std::uint64_t rerun = 0;  ///< attempts that ran there when it was lost, and that were made again elsewhere
};

/// What became of a farm's tasks. The same on every rank.
struct farm_report {
  std::uint64_t tasks = 0;      ///< all that were submitted
  std::uint64_t succeeded = 0;  ///< brought a result
  std::uint64_t failed = 0;     ///< ended without one, whatever the reason
  std::uint64_t retried = 0;    ///< attempts that were followed by another, since they failed or took too long
  std::uint64_t rerun = 0;      ///< or since their rank was lost
  double seconds = 0;
  std::vector<rank_report> ranks;

  [[nodiscard]] bool complete() const noexcept { return succeeded == tasks; }
  /// How many ranks were lost.
  [[nodiscard]] std::size_t lost() const noexcept {
    return static_cast<std::size_t>(
        std::count_if(ranks.begin(), ranks.end(), [](const auto& r) { return r.lost; }));
  }
};

}  // namespace cohort
