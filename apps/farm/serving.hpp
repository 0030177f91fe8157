#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/survival.hpp>

#include "farm/process_runner.hpp"

#include <string>

namespace cohort_farm {

/// The life of a rank that is not the root (rank 0): runs what that sends, until it is dismissed. Interrupted, it
/// ends what it runs, which then runs elsewhere. Its messages
/// call it `rank`. Returns its exit status.
[[nodiscard]] int serve_farm(const cohort::communicator& comm, process_runner& runner, int rank,
                             const std::string& host, const cohort::crew::survival& losses);

}  // namespace cohort_farm
