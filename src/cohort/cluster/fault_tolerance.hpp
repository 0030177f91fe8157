#pragma once

#include <cohort/cluster/allocation.hpp>

namespace cohort::cluster {

/// Whether this job was started to go on when a rank or a host is lost: COHORT_FAULT_TOLERANT is 1, as `cohort-run
/// --fault-tolerant` sets it for its program on every rank. It is not if the variable is 0, empty or not there.
/// Throws argument_error for anything else. Not collective.
[[nodiscard]] bool fault_tolerant(const variables& environment = process_variable);

}  // namespace cohort::cluster
