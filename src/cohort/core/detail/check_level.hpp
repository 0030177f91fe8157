#pragma once

/// How much calls are checked across ranks: the macro COHORT_CHECK_LEVEL, best set for the whole program by the
/// CMake option of this name. 0: each rank checks its own arguments only. 1: before a collective all ranks
/// compare their calls (see collective/detail/agree.hpp), which costs an MPI_Allgather each (an MPI_Iallgather,
/// judged at completion, for a non-blocking one); and each message between two ranks carries its type (see
/// p2p/detail/type_record.hpp), 128 bytes.
#ifndef COHORT_CHECK_LEVEL
#define COHORT_CHECK_LEVEL 0
#endif

// The namespace makes the level part of the names of all functions that depend on it, so that files compiled at
// different levels never share one of them.
#if COHORT_CHECK_LEVEL == 0
#define COHORT_CHECKED checked_alone
#elif COHORT_CHECK_LEVEL == 1
#define COHORT_CHECKED checked_across_ranks
#else
#error "COHORT_CHECK_LEVEL is 0 or 1"
#endif

namespace cohort {
inline namespace COHORT_CHECKED {

inline constexpr int check_level = COHORT_CHECK_LEVEL;

}  // namespace COHORT_CHECKED
}  // namespace cohort
