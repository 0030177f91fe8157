#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>

namespace cohort {

/// A local part of a distributed N-dimensional array, the last index fastest, with a halo of `halo` elements around
/// it on every side. Borrows the memory, as std::span does.
///
///   std::vector<double> memory(12 * 12);
///   cohort::grid_view field{memory.data(), {12, 12}, 1};   // 10 x 10 of our own, from (1, 1) to (10, 10)
///   field(1, 1) = 0;
template <class T, std::size_t N>
class grid_view {
  static_assert(N > 0, "cohort: a grid has one dimension at least");

 public:
  using element_type = T;
  using extents_type = std::array<std::size_t, N>;

  /// `extents` count the halo in.
  constexpr grid_view(T* data, const extents_type& extents, std::size_t halo) noexcept
      : data_{data}, extents_{extents}, halo_{halo} {}

  [[nodiscard]] constexpr T* data() const noexcept { return data_; }
  [[nodiscard]] constexpr const extents_type& extents() const noexcept { return extents_; }
  [[nodiscard]] constexpr std::size_t extent(std::size_t dim) const noexcept { return extents_[dim]; }
  [[nodiscard]] constexpr std::size_t halo() const noexcept { return halo_; }
  /// Elements along `dim` without the halo.
  [[nodiscard]] constexpr std::size_t interior(std::size_t dim) const noexcept {
    return extents_[dim] < 2 * halo_ ? 0 : extents_[dim] - 2 * halo_;
  }
  /// Elements in all, with the halo.
  [[nodiscard]] constexpr std::size_t size() const noexcept {
    std::size_t product = 1;
    for (const auto each : extents_) product *= each;
    return product;
  }

  /// The element at an index that counts the halo in. Not checked.
  template <std::convertible_to<std::size_t>... Index>
  requires(sizeof...(Index) == N) [[nodiscard]] constexpr T& operator()(Index... index) const noexcept {
    return (*this)[{static_cast<std::size_t>(index)...}];
  }
  [[nodiscard]] constexpr T& operator[](const extents_type& index) const noexcept {
    std::size_t at = 0;
    for (std::size_t d = 0; d != N; ++d) at = at * extents_[d] + index[d];
    return data_[at];
  }

 private:
  T* data_;
  extents_type extents_;
  std::size_t halo_;
};

template <class T, std::size_t N>
grid_view(T*, const std::size_t (&)[N], std::size_t) -> grid_view<T, N>;

}  // namespace cohort
