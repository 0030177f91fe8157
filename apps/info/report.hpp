#pragma once

#include "info/diagnosis.hpp"
#include "info/facts.hpp"

#include <string>
#include <vector>

namespace cohort_info {

/// For people.
[[nodiscard]] std::string text_report(const facts& of, const std::vector<finding>& found);
/// The same for programs: one JSON object.
[[nodiscard]] std::string json_report(const facts& of, const std::vector<finding>& found);

}  // namespace cohort_info
