#pragma once

#include <cohort/dispatch/detail/list_set.hpp>

#include <array>
#include <bit>
#include <cstdint>

namespace cohort::dispatch::detail {

/// Which element has the greatest number? Exact below 64; above, one within a factor of two of the greatest. All
/// O(1), which a heap is not, and this is updated with every assignment and every report.
class fullest {
 public:
  void reach(std::uint32_t element) { buckets_.reach_element(element); }

  /// 0 takes the element out.
  void set(std::uint32_t element, std::uint32_t number) {
    const std::uint32_t before = buckets_.list_of(element);
    const std::uint32_t after = number == 0 ? list_set::none : bucket(number);
    if (before == after) return;
    if (before != list_set::none) {
      buckets_.erase(element);
      if (buckets_.empty(before)) used_[before / 64] &= ~(std::uint64_t{1} << before % 64);
    }
    if (after != list_set::none) {
      buckets_.push_back(after, element);
      used_[after / 64] |= std::uint64_t{1} << after % 64;
    }
  }

  [[nodiscard]] bool empty() const { return (used_[0] | used_[1]) == 0; }

  /// none if there is no element.
  [[nodiscard]] std::uint32_t top() const {
    for (std::uint32_t word = 2; word-- > 0;) {
      if (used_[word] != 0)
        return buckets_.front(word * 64 + static_cast<std::uint32_t>(std::bit_width(used_[word])) - 1);
    }
    return list_set::none;
  }

  [[nodiscard]] bool contains(std::uint32_t element) const { return buckets_.list_of(element) != list_set::none; }
  [[nodiscard]] bool in_right_place(std::uint32_t element, std::uint32_t number) const {
    if (element >= buckets_.elements()) return number == 0;
    return buckets_.list_of(element) == (number == 0 ? list_set::none : bucket(number));
  }

 private:
  static std::uint32_t bucket(std::uint32_t number) {
    return number < 64 ? number : 57 + static_cast<std::uint32_t>(std::bit_width(number));  // 64..127 -> 64, ...
  }

  list_set buckets_{128};
  std::array<std::uint64_t, 2> used_{};  ///< bit per bucket that is not empty
};

}  // namespace cohort::dispatch::detail
