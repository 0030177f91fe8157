#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cohort_farm {

/// What one rank did.
struct rank_figures {
  std::uint32_t rank = 0;
  std::string host;
  std::uint64_t tasks = 0;  ///< attempts that ended there
  double busy = 0;          ///< seconds that its attempts ran, added up
  std::uint32_t slots = 1;
};

/// What a run did.
struct run_figures {
  std::uint64_t total = 0;           ///< all tasks of the list
  std::uint64_t earlier = 0;         ///< of them, done by an earlier run
  std::uint64_t earlier_failed = 0;  ///< of these
  std::uint64_t succeeded = 0;       ///< in this run
  std::uint64_t failed = 0;          ///< after their last attempt
  std::uint64_t timed_out = 0;       ///< of the failed
  std::uint64_t retried = 0;         ///< attempts that were followed by another
  std::uint64_t lost_ranks = 0;      ///< that were given up
  std::uint64_t replaced = 0;        ///< of these, by processes that were started for them
  std::uint64_t run_again = 0;       ///< attempts that were lost with them
  std::uint64_t unread = 0;          ///< of those that ended: their output could not be delivered
  double seconds = 0;
  std::vector<rank_figures> ranks;
  std::string note;  ///< a further line, such as why the run ended early; may be empty

  [[nodiscard]] std::uint64_t not_run() const noexcept {
    const auto known = earlier + succeeded + failed;
    return known < total ? total - known : 0;
  }
};

/// The closing lines: what became of the tasks, how fast, and how busy each rank was (more than sixteen: least,
/// median and most).
[[nodiscard]] std::string summary(const run_figures& run);

}  // namespace cohort_farm
