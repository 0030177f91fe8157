#pragma once

#include "support/world.hpp"

#include <cstdint>

/// Every rank talks to the next one and hears from the one before; alone, to itself.
namespace cohort::test {

inline int next() {
  return (world().rank() + 1) % world().size();
}
inline int before() {
  return (world().rank() + world().size() - 1) % world().size();
}
/// A salt for the data that `rank` sends in case `which`.
inline std::uint64_t salt(int rank, std::uint64_t which = 0) {
  return static_cast<std::uint64_t>(rank) + 1000 * which;
}

}  // namespace cohort::test
