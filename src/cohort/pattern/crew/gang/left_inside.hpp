#pragma once

#include <cohort/pattern/crew/gang/gang_master.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace cohort::crew {

/// What to say of members that do not return from a task that has ended: `why` tells of the failure that a member
/// has reported, `who` of a rank. Empty if all have returned.
[[nodiscard]] std::string left_inside(const std::string& pattern, const gang_master& gangs,
                                      const std::function<std::string(std::span<const std::byte>)>& why,
                                      const std::function<std::string(int)>& who, std::chrono::nanoseconds grace);

}  // namespace cohort::crew
