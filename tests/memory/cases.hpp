#pragma once

#include <cohort/core/error.hpp>
#include <cohort/memory/window.hpp>

#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace cohort::test {

inline std::size_t ranks() {
  return static_cast<std::size_t>(world().size());
}
inline std::size_t me() {
  return static_cast<std::size_t>(world().rank());
}
inline int next() {
  return (world().rank() + 1) % world().size();
}
inline int before() {
  return (world().rank() + world().size() - 1) % world().size();
}
inline void barrier() {
  PMPI_Barrier(world());
}

/// What `rank` has in a case of `n` elements.
template <class T>
std::vector<T> share(int rank, std::size_t n) {
  return random_vector<T>(n, static_cast<std::uint64_t>(rank) + 1000 * n);
}

/// Runs `use(window)` on windows of `n` elements here, over memory of MPI's and of the caller's.
template <class T, class Use>
void for_each_kind(std::size_t n, Use&& use) {
  {
    SCOPED_TRACE("memory of MPI's");
    const window<T> own{world(), n};
    use(own);
  }
  SCOPED_TRACE("memory of the caller's");
  std::vector<T> memory(n);
  const window<T> callers{world(), std::span{memory}};
  use(callers);
}

}  // namespace cohort::test
