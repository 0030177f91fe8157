#pragma once

#include <cohort/pattern/detail/call_fit.hpp>
#include <cohort/pattern/detail/call_traits.hpp>
#include <cohort/pattern/executor/detail/chunk_call.hpp>

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// Whether a map's function can be called with what its ranges hold.
namespace cohort::detail {

/// Whether a call would make integers of arguments with a fraction, as far as the parameters can be told.
template <class Parameters, class... Arguments>
inline constexpr bool truncates = false;
template <class Parameter, class... Parameters, class Argument, class... Arguments>
inline constexpr bool truncates<std::tuple<Parameter, Parameters...>, Argument, Arguments...> =
    drops_fraction<Argument, Parameter> || truncates<std::tuple<Parameters...>, Arguments...>;
template <class... Parameters, class Argument, class... Arguments>
inline constexpr bool truncates<std::tuple<task_context, Parameters...>, Argument, Arguments...> =
    truncates<std::tuple<Parameters...>, Argument, Arguments...>;

template <class F, class... Arguments>
constexpr bool takes_each() {
  constexpr bool called = can_call<F, Arguments...>;
  constexpr bool whole = !truncates<typename parameters<F>::type, Arguments...>;
  static_assert(
      called,
      "cohort: the function cannot be called with the Arguments that the range holds; convert the range, or "
      "change the function; starmap takes a range of tuples");
  static_assert(whole,
                "cohort: the function takes an integer, and the range holds Arguments with a fraction; convert the "
                "range, or let the function take a double");
  return called && whole && (can_arrive<Arguments>() && ...);
}

/// How a map calls its function with an item of type T.
template <class Policy, class F, class T>
struct item_of_map {
  static constexpr bool fits() { return takes_each<F, T>(); }
};
template <class F, class... Parts>
struct item_of_map<call_with_parts, F, std::tuple<Parts...>> {
  static constexpr bool fits() { return takes_each<F, Parts...>(); }
};
template <class F, class First, class Second>
struct item_of_map<call_with_parts, F, std::pair<First, Second>> {
  static constexpr bool fits() { return takes_each<F, First, Second>(); }
};

/// Stands for the results where the call does not fit, so that this is the only error.
struct no_results {
  [[nodiscard]] static std::vector<int> take_all() { return {}; }
  [[nodiscard]] static const int* begin() { return nullptr; }
  [[nodiscard]] static const int* end() { return nullptr; }
};

}  // namespace cohort::detail
