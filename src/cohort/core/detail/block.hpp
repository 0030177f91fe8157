#pragma once

#include <cstddef>

namespace cohort::detail {

/// Block distribution of n elements over `parts`: the first n % parts get one more. What scatter deals out, a
/// shared window's part() and block_distribution are.
struct block {
  std::size_t offset;
  std::size_t count;
};
constexpr block block_of(std::size_t n, std::size_t parts, std::size_t which) noexcept {
  const std::size_t least = n / parts;
  const std::size_t extra = n % parts;
  return {which * least + (which < extra ? which : extra), least + (which < extra ? 1 : 0)};
}

}  // namespace cohort::detail
