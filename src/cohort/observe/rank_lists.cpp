#include <cohort/observe/roll_call.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace cohort::observe {

std::vector<int> to_runs(std::span<const int> ranks) {
  std::vector<int> runs;
  for (std::size_t i = 0; i != ranks.size();) {
    const int step = i + 1 == ranks.size() ? 1 : ranks[i + 1] - ranks[i];
    std::size_t n = 1;
    while (i + n != ranks.size() && ranks[i + n] - ranks[i + n - 1] == step) ++n;
    runs.insert(runs.end(), {ranks[i], static_cast<int>(n), step});
    i += n;
  }
  return runs;
}

std::vector<int> from_runs(std::span<const int> runs) {
  std::vector<int> ranks;
  constexpr int most = 1 << 24;  // the bytes came from elsewhere
  for (std::size_t i = 0; i + 2 < runs.size(); i += 3) {
    if (runs[i + 1] < 0 || runs[i + 1] > most) return {};
    for (int k = 0; k != runs[i + 1]; ++k)
      ranks.push_back(static_cast<int>(runs[i] + std::int64_t{k} * runs[i + 2]));
  }
  return ranks;
}

std::string ranks_text(std::span<const int> ranks) {
  std::vector<std::string> parts;
  constexpr std::size_t most = 8;
  for (std::size_t i = 0; i != ranks.size();) {
    std::size_t n = 1;
    while (i + n != ranks.size() && ranks[i + n] == ranks[i] + static_cast<int>(n)) ++n;
    if (parts.size() == most) {
      parts.push_back(fmt::format("... ({} in all)", ranks.size()));
      break;
    }
    parts.push_back(n == 1 ? std::to_string(ranks[i]) : fmt::format("{}-{}", ranks[i], ranks[i + n - 1]));
    i += n;
  }
  return fmt::format("rank{} {}", ranks.size() == 1 ? "" : "s", fmt::join(parts, ", "));
}

}  // namespace cohort::observe
