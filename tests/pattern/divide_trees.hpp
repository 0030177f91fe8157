#pragma once

#include "support/random.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cohort::test {

/// A problem whose tree is random, but the same wherever it is looked at: it depends on its name alone.
struct node {
  std::uint64_t seed = 0;
  int left = 0;  ///< levels that may follow
  std::string name;
};

inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

inline bool divisible(const node& n) {
  return n.left > 0 && mixed(n.seed) % 8 != 0;
}

/// None, one, some, or many: of which most are leaves.
inline std::vector<node> split(const node& n) {
  constexpr std::array<std::size_t, 8> widths{0, 1, 1, 2, 2, 3, 4, 40};
  const auto width = widths[mixed(n.seed + 1) % widths.size()];
  std::vector<node> pieces;
  for (std::size_t i = 0; i != width; ++i) {
    const bool small = width > 4 && i % 13 != 5;
    pieces.push_back({mixed(n.seed + 2 + i), small ? 0 : n.left - 1, n.name + static_cast<char>('a' + i % 26)});
  }
  return pieces;
}

inline std::string solve(const node& n) {
  return n.name.empty() ? "." : n.name.substr(n.name.size() - 1);
}

/// Tells the order of its parts.
inline std::string merge(const std::vector<std::string>& parts) {
  std::string result = "(";
  for (const auto& each : parts) result += each;
  return result + ")";
}

/// What the skeleton means.
inline std::string alone(const node& n) {
  if (!divisible(n)) return solve(n);
  std::vector<std::string> parts;
  for (const auto& each : split(n)) parts.push_back(alone(each));
  return merge(parts);
}

}  // namespace cohort::test
