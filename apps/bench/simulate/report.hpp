#pragma once

#include "bench/simulate/settings.hpp"

#include <string>
#include <vector>

namespace cohort_simulate {

struct line {
  settings how;
  result got;
  double seconds = 0;  ///< that the simulation took
};

/// The table's head: what all lines have in common, and the columns.
[[nodiscard]] std::string head_text(const settings& how);
[[nodiscard]] std::string line_text(const line& what);
[[nodiscard]] std::string json_text(const std::vector<line>& all);
[[nodiscard]] std::string costs_text(const costs& what);
[[nodiscard]] std::string costs_json(const costs& what);

}  // namespace cohort_simulate
