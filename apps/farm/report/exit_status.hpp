#pragma once

#include <algorithm>
#include <cstdint>

namespace cohort_farm {

/// Exit status of a run in which `failed` tasks failed: their number, or 101 for more than 100, as GNU parallel's.
[[nodiscard]] constexpr int exit_status(std::uint64_t failed) noexcept {
  return static_cast<int>(std::min<std::uint64_t>(failed, 101));
}

}  // namespace cohort_farm
