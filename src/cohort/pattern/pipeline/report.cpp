#include <cohort/pattern/pipeline/report.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace cohort {

const stage_report& pipeline_report::bottleneck() const {
  return *std::max_element(stages.begin(), stages.end(), [](const stage_report& a, const stage_report& b) {
    return a.seconds_per_rank() < b.seconds_per_rank();
  });
}

std::string pipeline_report::describe() const {
  std::string text;
  for (const auto& s : stages) {
    fmt::format_to(std::back_inserter(text), "{}: {} in, {} out, busy {:.3g} s on {} rank{}{}{}\n", s.name,
                   s.items_in, s.items_out, s.busy_seconds, s.ranks.size(), s.ranks.size() == 1 ? "" : "s",
                   s.threads == 1 ? "" : fmt::format(", {} threads each", s.threads),
                   &s == &bottleneck() ? " (the bottleneck)" : "");
  }
  return text;
}

}  // namespace cohort
