#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Merges sorted runs that lie one behind the other in `from` (run r begins at begins[r]; the last entry is the
/// end) into one, two by two, to and fro between `from` and `to`, which has as many elements. Of equal elements
/// those of the earlier run come first. Returns where the result is. O(n log runs).
template <class T, class Compare>
T* merge_runs(T* from, T* to, std::vector<std::size_t> begins, Compare& compare) {
  // The order must not be able to take the elements apart.
  const auto as_values = [&compare](const T& a, const T& b) { return compare(a, b); };
  while (begins.size() > 2) {
    std::vector<std::size_t> merged{0};
    const auto runs = begins.size() - 1;
    for (std::size_t r = 0; r < runs; r += 2) {
      const auto end = begins[std::min(r + 2, runs)];
      const auto middle = begins[r + 1];
      std::merge(std::make_move_iterator(from + begins[r]), std::make_move_iterator(from + middle),
                 std::make_move_iterator(from + middle), std::make_move_iterator(from + end), to + begins[r],
                 as_values);
      merged.push_back(end);
    }
    begins = std::move(merged);
    std::swap(from, to);
  }
  return from;
}

}  // namespace cohort::detail
