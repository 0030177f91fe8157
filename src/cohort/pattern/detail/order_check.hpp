#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace cohort::detail {

/// Whether `compare` is seen to be no strict weak ordering of the elements: looked for where it is cheap, before
/// they are sorted, and after. A guard, not a proof. @{
template <class T, class Compare>
inline constexpr bool compares_by_value =
    std::is_same_v<Compare, std::less<>> || std::is_same_v<Compare, std::less<T>> ||
    std::is_same_v<Compare, std::greater<>> || std::is_same_v<Compare, std::greater<T>>;
template <class T, class Compare>
inline constexpr bool surely_ordered = compares_by_value<T, Compare> &&
                                       (std::integral<T> || std::is_enum_v<T> || std::is_same_v<T, std::string>);

/// One that says that an element is less than itself, as <= does, sends std::sort out of the range; NaN has no
/// place among numbers.
template <class T, class Compare>
[[nodiscard]] bool seen_no_order(std::span<T> part, Compare& compare) {
  if constexpr (surely_ordered<T, Compare>) {
    return false;
  } else if constexpr (compares_by_value<T, Compare> && std::floating_point<T>) {
    bool odd = false;
    for (const T each : part) odd |= std::isnan(each);
    return odd;
  } else {
    return !part.empty() && compare(std::as_const(part.front()), std::as_const(part.front()));
  }
}
/// The second next tells of an element between that is like both.
template <class T, class Compare>
[[nodiscard]] bool seen_unsorted(std::span<const T> sorted, Compare& compare) {
  if constexpr (!surely_ordered<T, Compare> && !(compares_by_value<T, Compare> && std::floating_point<T>)) {
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      if (compare(sorted[i], sorted[i - 1]) || (i > 1 && compare(sorted[i], sorted[i - 2]))) return true;
    }
  }
  return false;
}
/// @}

}  // namespace cohort::detail
