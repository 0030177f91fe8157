#pragma once

#include <cohort/pattern/drain_options.hpp>

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
  std::uint64_t failed = 0;     ///< ended without one, but for:
  std::uint64_t not_run = 0;    ///< not run to their end, since the farm wound up (farm_options::drain)
  bool input_left = false;      ///< and there were more tasks in the input
  std::uint64_t retried = 0;    ///< attempts that were followed by another, since they failed or took too long
  std::uint64_t rerun = 0;      ///< or since their rank was lost
  double seconds = 0;
  std::vector<rank_report> ranks;

  [[nodiscard]] bool complete() const noexcept { return succeeded == tasks && !input_left; }
  /// The farm wound up, and tasks are left.
  [[nodiscard]] bool drained() const noexcept { return not_run != 0 || input_left; }
  /// For main to return: 0, 1 if tasks have failed, resume_status if tasks are left.
  [[nodiscard]] int status() const noexcept { return drained() ? resume_status : complete() ? 0 : 1; }
  /// How many ranks were lost.
  [[nodiscard]] std::size_t lost() const noexcept;
};

}  // namespace cohort
