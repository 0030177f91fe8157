#include <cohort/pattern/farm_report.hpp>

#include <algorithm>

namespace cohort {

std::size_t farm_report::lost() const noexcept {
  return static_cast<std::size_t>(std::count_if(ranks.begin(), ranks.end(), [](const auto& r) { return r.lost; }));
}

}  // namespace cohort
