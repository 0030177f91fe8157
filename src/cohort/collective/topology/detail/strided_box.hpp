#pragma once

#include <mpi.h>

#include <array>
#include <cstddef>
#include <span>

namespace cohort::detail {

/// A box of elements inside a larger array, in bytes: one run of memory, repeated at a stride, that again repeated,
/// and so on. As few levels as can be: where whole rows follow each other, runs go on over them.
class strided_box {
 public:
  /// More than any array with a halo has: of three elements or more along each dimension.
  static constexpr std::size_t max_dims = 32;

  /// The box from from[d] on, of length[d] elements along dimension d, in an array of `extents` elements of
  /// `element` bytes. At least one dimension, at most max_dims.
  strided_box(std::span<const std::size_t> extents, std::span<const std::size_t> from,
              std::span<const std::size_t> length, std::size_t element) noexcept;

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// Of the first byte, from the array's.
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
  /// Length of a run.
  [[nodiscard]] std::size_t run() const noexcept { return run_; }
  [[nodiscard]] bool one_run() const noexcept { return levels_ == 0; }

  /// Copies the box to or from memory where its runs lie one behind the other. @{
  void pack(std::byte* to, const std::byte* array) const noexcept;
  void unpack(std::byte* array, const std::byte* from) const noexcept;
  /// @}
  /// Makes a committed type of the box, from its first byte on. It must be of several runs and of INT_MAX bytes at
  /// most. Returns MPI's error code.
  int make_type(MPI_Datatype& type) const;

 private:
  struct level {
    std::size_t count;
    std::size_t stride;
  };
  /// Calls use(offset, count, stride) for each row of the innermost level.
  template <class Use>
  void each_row(Use&& use) const noexcept;

  std::size_t bytes_;
  std::size_t offset_ = 0;
  std::size_t run_;
  std::size_t levels_ = 0;
  std::array<level, max_dims> level_;  ///< the innermost first
};

}  // namespace cohort::detail
