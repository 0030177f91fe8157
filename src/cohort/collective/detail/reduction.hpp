#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/op.hpp>

namespace cohort::detail {

template <class T>
constexpr void require_reducible() {
  static_assert(
      shape_of<T> != shape::object,
      "cohort: reductions take plain values and ranges; gather serialised objects and combine them instead");
}

}  // namespace cohort::detail
