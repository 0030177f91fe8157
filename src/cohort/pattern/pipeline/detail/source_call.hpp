#pragma once

#include <cohort/pattern/pipeline/detail/stage_call.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>

/// The three forms of a source, each as for_each(take): take(item) for every item.
namespace cohort::detail {

/// A range: a reference to one that lives elsewhere, or an own one.
template <class Range>
struct range_source {
  using item = std::remove_cvref_t<std::ranges::range_value_t<Range>>;
  Range range;
  template <class Take>
  void for_each(Take&& take) {
    for (auto&& element : range) {
      item one(std::forward<decltype(element)>(element));
      take(std::move(one));
    }
  }
};

/// A function that gives an item at each call, until it gives none.
template <class Function>
struct generator_source {
  using item = typename std::remove_cvref_t<std::invoke_result_t<Function&>>::value_type;
  Function function;
  template <class Take>
  void for_each(Take&& take) {
    while (std::optional<item> one = function()) take(std::move(*one));
  }
  /// Where an item was found, if the function knows.
  [[nodiscard]] std::string place_of(std::uint64_t number) const requires requires {
    std::string{function.place_of(number)};
  }
  { return function.place_of(number); }
};

/// A function that is called once and emits all items.
template <class Function>
struct emitting_source {
  using item = first_emits<Function>;
  Function function;
  template <class Take>
  void for_each(Take&& take) {
    emitter<item> emit{
        &take, [](void* to, item&& one) { (*static_cast<std::remove_reference_t<Take>*>(to))(std::move(one)); }};
    function(emit);
  }
};

template <class F>
concept generates = std::invocable<F&> && is_optional<std::remove_cvref_t<std::invoke_result_t<F&>>>;
template <class F>
concept emits = !std::is_void_v<first_emits<F>>;

}  // namespace cohort::detail
