#include <cohort/pattern/crew/gang/left_inside.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace cohort::crew {

std::string left_inside(const std::string& pattern, const gang_master& gangs,
                        const std::function<std::string(std::span<const std::byte>)>& why,
                        const std::function<std::string(int)>& who, std::chrono::nanoseconds grace) {
  const auto inside = gangs.inside();
  if (inside.empty()) return {};
  const auto& first = inside.front();
  std::vector<std::string> ranks;
  for (const int r : first.ranks) ranks.push_back(who(r));
  return fmt::format(
      "{}: {}; {} {} still inside it {:.1f} s after the rest (a member that waits for another in MPI cannot be "
      "interrupted); let members agree on failures before they wait for each other",
      pattern, first.failure.empty() ? "a task was cancelled or overran its timeout" : why(first.failure),
      fmt::join(ranks, ", "), ranks.size() == 1 ? "is" : "are", std::chrono::duration<double>(grace).count());
}

}  // namespace cohort::crew
