#pragma once

#include <cohort/core/error.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace cohort::crew {

/// What to throw when `who` still runs `jobs` tasks that nobody waits for any more, `grace` after everything else;
/// or to say, where that is no failure. @{
[[nodiscard]] std::string still_running_text(const std::string& pattern, const std::string& who, std::size_t jobs,
                                             std::chrono::nanoseconds grace);
[[nodiscard]] error still_running(const std::string& pattern, const std::string& who, std::size_t jobs,
                                  std::chrono::nanoseconds grace);
/// @}

/// What to throw when `jobs` tasks are left and every place to run them has been held for `grace` by tasks that
/// nobody waits for any more.
[[nodiscard]] error no_place_to_run(const std::string& pattern, std::size_t jobs, std::chrono::nanoseconds grace);

}  // namespace cohort::crew
