#pragma once

#include <cohort/pattern/crew/levels.hpp>

#include "bench/simulate/settings.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace cohort_simulate {

struct command {
  std::vector<std::uint32_t> workers{10, 100, 1'000};
  std::string levels = "auto";
  settings how;  ///< but for the workers and groups
  bool json = false;
  bool measure = false;
};

/// Above so many workers there are two levels of masters if the user leaves it to the program, as in a farm.
inline constexpr std::uint32_t two_levels_above = cohort::crew::levels::two_above;

void add_options(CLI::App& app, command& into);

/// The settings for that many workers.
[[nodiscard]] settings settings_for(const command& what, std::uint32_t workers);

}  // namespace cohort_simulate
