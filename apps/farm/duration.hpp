#pragma once

#include <chrono>
#include <string_view>

namespace cohort_farm {

/// Reads a duration as GNU parallel does: seconds (`90`, `1.5`), or amounts with s, m, h or d (`90s`, `1.5h`,
/// `1d3.5h16.6m4s`). Throws farm_error; `option` names it in the message.
[[nodiscard]] std::chrono::nanoseconds parse_duration(std::string_view text, std::string_view option);

}  // namespace cohort_farm
