#pragma once

#include <cohort/pattern/executor/future.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

/// What a task's function gets for an argument of submit(): a future's result, a string for what only views one,
/// and otherwise the same.
template <class T>
struct argument {
  using type = T;
};
template <>
struct argument<const char*> {
  using type = std::string;
};
template <>
struct argument<char*> {
  using type = std::string;
};
template <>
struct argument<std::string_view> {
  using type = std::string;
};
template <class T>
struct argument<future<T>> {
  using type = T;
};
template <class T>
struct argument<std::vector<future<T>>> {
  using type = std::vector<T>;
};
template <class T>
using argument_t = typename argument<T>::type;

template <class T>
inline constexpr bool is_awaited = false;
template <class T>
inline constexpr bool is_awaited<future<T>> = true;
template <class T>
inline constexpr bool is_awaited<std::vector<future<T>>> = true;

/// Calls visit(core) for each task that an argument waits for.
template <class T, class Visit>
void visit_awaited(const T& argument, Visit&& visit) {
  if constexpr (serial::detail::is_specialization<T, future>) {
    visit(*future_access::core(argument));
  } else if constexpr (is_awaited<T>) {
    for (const auto& each : argument) visit(*future_access::core(each));
  }
}

/// The argument as the function gets it, when all that it waits for has succeeded.
template <class T>
decltype(auto) value_of(const T& argument) {
  if constexpr (serial::detail::is_specialization<T, future>) {
    return std::as_const(future_access::core(argument)->value());
  } else if constexpr (is_awaited<T>) {
    argument_t<T> values;
    values.reserve(argument.size());
    for (const auto& each : argument) values.push_back(future_access::core(each)->value());
    return values;
  } else {
    return argument_t<T>(argument);
  }
}

}  // namespace cohort::detail
