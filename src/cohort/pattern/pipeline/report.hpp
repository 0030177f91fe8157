#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cohort {

/// What one stage of a pipeline did, on all its ranks together.
struct stage_report {
  std::string name;
  std::uint64_t items_in = 0;   ///< 0 for the source
  std::uint64_t items_out = 0;  ///< 0 for the sink
  double busy_seconds = 0;      ///< in the stage's function, all ranks and threads together
  std::vector<int> ranks;       ///< that ran it
  int threads = 1;              ///< of each of these ranks

  /// Busy time per rank, or per thread where it has several: no pipeline takes less than its busiest stage's.
  [[nodiscard]] double seconds_per_rank() const {
    return ranks.empty() ? 0 : busy_seconds / (static_cast<double>(ranks.size()) * threads);
  }
};

/// What a pipeline did: the same on every rank.
struct pipeline_report {
  std::vector<stage_report> stages;  ///< the source first, the sink last
  double seconds = 0;                ///< from the first rank's start to the last one's end, more or less

  /// The stage that limits the pipeline: the one that more or faster ranks would help.
  [[nodiscard]] const stage_report& bottleneck() const;
  /// A line per stage, for people.
  [[nodiscard]] std::string describe() const;
};

}  // namespace cohort
