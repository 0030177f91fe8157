#pragma once

#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/crew/survival.hpp>

#include "farm/options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cohort_farm {

/// How a farm notices lost ranks. More patient than other crews: ranks that write to a shared file system, and a
/// root that writes its log there, may be held up by it for seconds.
[[nodiscard]] inline cohort::crew::survival survival_of(const options& how) {
  using namespace std::chrono_literals;
  return {.on = how.fault_tolerant, .dead_after = 5s, .root_silence = 15s};
}

/// A rank that was given up.
struct loss {
  cohort::dispatch::worker_id rank = 0;
  std::string host;  ///< empty if it had not said yet
  std::string why;
  std::vector<std::uint64_t> ran = {};  ///< tasks as users count
  bool again = true;                    ///< they run again in this run
};

/// Whether the others live on when a rank dies.
[[nodiscard]] bool launcher_goes_on();

/// Throws farm_error if a run of so many ranks is to survive losses, and is ended by its launcher when there is
/// one.
void check_launcher(const options& how, int ranks);

/// What is said of it, in one line.
[[nodiscard]] std::string describe(const loss& what);

/// How a task ends that was running on so many ranks that were lost.
[[nodiscard]] std::string deadly(std::uint64_t seq);

}  // namespace cohort_farm
