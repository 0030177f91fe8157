#pragma once

#include <cohort/collective/topology/cartesian.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cohort::detail {

/// A box of elements inside a larger array.
struct box {
  std::vector<std::size_t> from;
  std::vector<std::size_t> length;
};

/// The exchange of cartesian::exchange_halo on elements of `element` bytes. Boxes are copied by runs along the last
/// dimension (longer ones where whole rows follow each other).
class halo_exchange {
 public:
  halo_exchange(const cartesian& grid, comm_state& state, std::byte* data, std::span<const std::size_t> extents,
                std::size_t halo, std::size_t element, const call_site& where);

  /// All faces, in one round; edges and corners stay as they were.
  void faces();
  /// Dimension by dimension, each with the halos that those before it have filled.
  void faces_and_corners();

 private:
  /// Takes note of faces that do not fit, and goes on: the neighbours count on this rank's.
  void exchange(std::size_t first_dim, std::size_t last_dim, bool corners);
  /// What is sent towards one side of `dim` (0 towards smaller coordinates, 1 towards larger ones), and what is
  /// received from there.
  [[nodiscard]] box face(std::size_t dim, int side, bool inner, bool corners) const;

  void tell_problem() const;

  const cartesian& grid_;
  comm_state& state_;
  std::byte* data_;
  std::span<const std::size_t> extents_;
  std::size_t halo_;
  std::size_t element_;
  call_site where_;
  std::string problem_;
};

}  // namespace cohort::detail
