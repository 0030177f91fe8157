#pragma once

#include <cohort/collective/topology/cartesian.hpp>
#include <cohort/collective/topology/detail/strided_box.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace cohort::detail {

/// The exchange of cartesian::exchange_halo on elements of `element` bytes.
///
/// A face that is one run of memory goes as it lies. One of long runs goes as an MPI type, made for the call: MPI
/// then copies it from the array to the other rank's, without a buffer of ours between. One of short runs, which
/// MPI's types copy slowly, is packed here.
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
  [[nodiscard]] strided_box face(std::size_t dim, int side, bool inner, bool corners) const;

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
