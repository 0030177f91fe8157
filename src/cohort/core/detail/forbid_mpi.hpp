#pragma once

namespace cohort::detail {

/// From now on an environment cannot be made in this process: it throws error with this text, which must live as
/// long as the process.
void forbid_mpi(const char* why) noexcept;

}  // namespace cohort::detail
