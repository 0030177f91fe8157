#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/detail/payload.hpp>

#include <string>
#include <vector>

namespace cohort {

/// The joined contributions of all ranks, in the order of ranks: auto [values, counts] = world.allgatherv(mine).
template <class T>
struct gathered {
  buffer<T> values;
  std::vector<std::size_t> counts;  ///< elements of each rank

  /// What rank `r` gave. Cost: adds up the counts before it.
  [[nodiscard]] std::span<const T> from(int r) const {
    std::size_t offset = 0;
    for (int i = 0; i < r; ++i) offset += counts[static_cast<std::size_t>(i)];
    return {values.data() + offset, counts[static_cast<std::size_t>(r)]};
  }
};

namespace detail {

/// What gather and allgather return for one T per rank.
template <class T>
struct collected {
  static constexpr bool raw = shape_of<T> != shape::object && !is_text<T>;
  using owned = std::conditional_t<is_text<T>, std::string, T>;
  /// What is packed: the object itself, except that a string_view has to become what it is unpacked to.
  using packed = std::conditional_t<std::is_same_v<T, std::string_view>, std::string, const T&>;
  template <bool Raw, class = void>
  struct choose {
    using type = std::vector<owned>;
  };
  template <class Dummy>
  struct choose<true, Dummy> {
    using type = buffer<element_t<T>>;
  };
  using type = typename choose<raw>::type;
};

}  // namespace detail
}  // namespace cohort
