#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/datatype.hpp>

#include "support/random.hpp"
#include "support/world.hpp"

#include <cstdint>

namespace cohort::test {

/// Lengths in bytes are below, at and above what rides along with a count (176), and far above.
inline constexpr std::size_t lengths[] = {0, 1, 7, 11, 22, 23, 176, 177, 20000};

inline std::size_t ranks() {
  return static_cast<std::size_t>(world().size());
}
inline std::uint64_t salt(int rank, std::size_t which = 0) {
  return static_cast<std::uint64_t>(rank) + 1000 * which;
}

/// What `rank` contributes in a case of `n` elements.
template <class T>
buffer<T> share(int rank, std::size_t n) {
  return random_container<buffer<T>>(n, salt(rank, n));
}

/// A length that differs from rank to rank: nothing on some, and around `n` on the others.
inline std::size_t uneven(int rank, std::size_t n) {
  return rank % 3 == 1 ? 0 : n + static_cast<std::size_t>(rank);
}

/// `n` elements of T, as MPI's int count.
template <class T>
int count_of(std::size_t n) {
  return static_cast<int>(n * datatype<T>::per_element);
}

/// Calls `use` with every root.
template <class Use>
void for_each_root(Use&& use) {
  for (int root = 0; root != world().size(); ++root) use(root);
}

}  // namespace cohort::test
