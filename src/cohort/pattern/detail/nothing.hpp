#pragma once

#include <type_traits>

namespace cohort::detail {

/// Stands for the result of a function that returns nothing.
struct nothing {};

template <class T>
using something = std::conditional_t<std::is_void_v<T>, nothing, T>;

}  // namespace cohort::detail
