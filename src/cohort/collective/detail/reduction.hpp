#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/op.hpp>

namespace cohort::detail {

/// Number of elements of a value (1) or range.
template <class T>
std::size_t element_count(const T& object) noexcept {
  if constexpr (shape_of<T> == shape::value) {
    return 1;
  } else {
    return std::ranges::size(object);
  }
}

template <class T>
constexpr void require_reducible() {
  static_assert(
      shape_of<T> != shape::object,
      "cohort: reductions take plain values and ranges; gather serialised objects and combine them instead");
}

}  // namespace cohort::detail
