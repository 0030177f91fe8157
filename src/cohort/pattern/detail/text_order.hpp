#pragma once

#include <cohort/pattern/detail/sorted_runs.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Strings in their own order, or the reverse: what a sort of them needs beyond what it needs of other elements. A
/// string's next seven bytes are a number, so most comparisons are those of two integers that lie side by side, and
/// only strings that are equal so far are looked at again. Equal strings cannot be told apart, so this is stable.
/// @{
template <class T, class Compare>
inline constexpr bool rising_texts = std::is_same_v<T, std::string> &&
                                     (std::is_same_v<Compare, std::less<>> ||
                                      std::is_same_v<Compare, std::less<std::string>>);
template <class T, class Compare>
inline constexpr bool falling_texts = std::is_same_v<T, std::string> &&
                                      (std::is_same_v<Compare, std::greater<>> ||
                                       std::is_same_v<Compare, std::greater<std::string>>);

/// Memory: 16 bytes for each, and room for all of them once more. Each is moved twice.
void sort_texts(std::span<std::string> texts, bool falling);
/// Sorted runs, of which run r begins at begins[r] and the last entry is the end, as one. Each is moved once.
[[nodiscard]] std::vector<std::string> merge_texts(std::span<std::string> runs, std::vector<std::size_t> begins,
                                                   bool falling);
/// @}

/// std::sort or std::stable_sort, or what is quicker and comes to the same.
template <class T, class Compare>
void sort_part(std::span<T> part, Compare& compare, bool stable) {
  if constexpr (rising_texts<T, Compare> || falling_texts<T, Compare>) {
    sort_texts(part, falling_texts<T, Compare>);
  } else if (stable) {
    std::stable_sort(part.begin(), part.end(), std::ref(compare));
  } else {
    std::sort(part.begin(), part.end(), std::ref(compare));
  }
}

/// merge_runs() into what is returned, or into `from` itself.
template <class Storage, class Compare>
[[nodiscard]] Storage merge_parts(Storage from, std::vector<std::size_t> begins, Compare& compare) {
  using T = typename Storage::value_type;
  if constexpr (rising_texts<T, Compare> || falling_texts<T, Compare>) {
    return merge_texts(from, std::move(begins), falling_texts<T, Compare>);
  } else {
    Storage other(from.size());
    const T* const at = merge_runs(from.data(), other.data(), std::move(begins), compare);
    return at == from.data() ? std::move(from) : std::move(other);
  }
}

}  // namespace cohort::detail
