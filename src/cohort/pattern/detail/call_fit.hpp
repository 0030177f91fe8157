#pragma once

#include <type_traits>

/// Whether a function that is given for a whole range can take what the range holds; each mistake is one error that
/// names the types. What C++ allows in a single call, f(2.5) of an f(int), is a mistake here: a thousand results
/// for truncated inputs look like results.
namespace cohort::detail {

template <class From, class To>
inline constexpr bool drops_fraction = std::is_floating_point_v<std::remove_cvref_t<From>>&& std::is_integral_v<To>;

/// Whether a Task of a farm's function can be made of an Element of its input.
template <class Element, class Task>
constexpr bool becomes_task() {
  constexpr bool made = std::is_constructible_v<Task, Element>;
  constexpr bool whole = !drops_fraction<Element, Task>;
  static_assert(
      made,
      "cohort: the farm's function does not take what the range holds (no Task can be made of an Element); "
      "convert the range, or give one that moves its elements if they cannot be copied");
  static_assert(
      whole,
      "cohort: the farm's function takes an integer Task, and the range holds an Element with a fraction; "
      "convert the range, or let the function take a double");
  return made && whole;
}

/// Whether it can be received where it is worked on.
template <class T>
constexpr bool can_arrive() {
  static_assert(
      std::is_default_constructible_v<T>,
      "cohort: a task, an argument or a result arrives in an object that is made before; give its class a "
      "default constructor");
  return std::is_default_constructible_v<T>;
}

}  // namespace cohort::detail
