#pragma once

#include <cstddef>
#include <ranges>
#include <type_traits>
#include <vector>

namespace cohort {

namespace detail {
/// These have constructors of their own, and are most of what is given: whether they are ranges is not even asked,
/// which would cost every program compile time.
template <class Range>
concept vector_of_counts =
    std::is_same_v<Range, std::vector<int>> || std::is_same_v<Range, std::vector<std::size_t>>;
template <class Range, class Element>
concept run_of = !vector_of_counts<Range> && std::ranges::contiguous_range<Range> &&
                 std::is_same_v<std::ranges::range_value_t<Range>, Element>;
}  // namespace detail

/// How many elements each rank has, as the uneven collectives take it: looks at any run of int or of std::size_t
/// (for lengths beyond 2^31), such as std::vector<int> or gathered::counts. Owns nothing; a negative count is told
/// by at().
class counts_view {
 public:
  counts_view() noexcept = default;
  counts_view(const std::vector<int>& counts) noexcept  // NOLINT(google-explicit-constructor)
      : ints_{counts.data()}, size_{counts.size()} {}
  counts_view(const std::vector<std::size_t>& counts) noexcept  // NOLINT(google-explicit-constructor)
      : sizes_{counts.data()}, size_{counts.size()} {}
  template <detail::run_of<int> Range>
  counts_view(const Range& counts) noexcept  // NOLINT(google-explicit-constructor)
      : ints_{std::ranges::data(counts)}, size_{std::ranges::size(counts)} {}
  template <detail::run_of<std::size_t> Range>
  counts_view(const Range& counts) noexcept  // NOLINT(google-explicit-constructor)
      : sizes_{std::ranges::data(counts)}, size_{std::ranges::size(counts)} {}

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// As it was given, so it may be negative.
  [[nodiscard]] long long at(std::size_t rank) const noexcept {
    return sizes_ != nullptr ? static_cast<long long>(sizes_[rank]) : ints_[rank];
  }
  [[nodiscard]] std::size_t operator[](std::size_t rank) const noexcept {
    return static_cast<std::size_t>(at(rank));
  }
  [[nodiscard]] std::size_t total() const noexcept {
    std::size_t sum = 0;
    for (std::size_t r = 0; r != size_; ++r) sum += (*this)[r];
    return sum;
  }

 private:
  const int* ints_ = nullptr;
  const std::size_t* sizes_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace cohort
