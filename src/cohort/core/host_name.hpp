#pragma once

#include <string>

namespace cohort {

/// This rank's node, as MPI names it. Needs MPI.
[[nodiscard]] std::string host_name();

}  // namespace cohort
