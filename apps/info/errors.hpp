#pragma once

namespace cohort_info {

/// Exit statuses.
inline constexpr int problems_found = 1;
inline constexpr int usage_error = 2;

}  // namespace cohort_info
