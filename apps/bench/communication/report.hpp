#pragma once

#include "bench/communication/contest.hpp"

#include <string>
#include <vector>

namespace cohort_bench {

[[nodiscard]] std::string table_head();
[[nodiscard]] std::string table_line(const figures& what);
[[nodiscard]] std::string closing_line(const std::vector<figures>& all, int ranks, const settings& how);
[[nodiscard]] std::string json(const std::vector<figures>& all, int ranks, const settings& how);

}  // namespace cohort_bench
