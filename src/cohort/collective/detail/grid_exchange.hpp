#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/detail/comm_state.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace cohort::detail {

/// The ranks of a communicator as a grid, row by row. Any number of ranks: the last row may be short. Its ranks
/// then pass nothing on; each hands its own data to a full row, as one more member of it.
class rank_grid {
 public:
  explicit rank_grid(int size);

  [[nodiscard]] int columns() const noexcept { return columns_; }
  [[nodiscard]] int full_rows() const noexcept { return full_rows_; }
  [[nodiscard]] int column(int rank) const noexcept { return rank % columns_; }
  /// The full row through which `rank` sends.
  [[nodiscard]] int row(int rank) const noexcept {
    return rank / columns_ < full_rows_ ? rank / columns_ : column(rank) % full_rows_;
  }
  [[nodiscard]] bool passes_on(int rank) const noexcept { return rank / columns_ < full_rows_; }
  /// The rank that passes on what the ranks of `row` send to those of `column`.
  [[nodiscard]] int at(int row, int column) const noexcept { return row * columns_ + column; }
  /// The ranks that send through `row`, and those that stand in `column`, in the order of ranks. @{
  [[nodiscard]] std::vector<int> row_members(int row) const;
  [[nodiscard]] std::vector<int> column_members(int column) const;
  /// @}

 private:
  int size_;
  int columns_;
  int full_rows_;
};

/// A personalised exchange in two hops: along rows to the rank that stands in the destination's column, then along
/// columns. Each rank sends about 2 sqrt(size) messages instead of size, each byte travels twice.
///
/// L. V. Kale, S. Kumar, K. Varadarajan, "A framework for collective personalized communication" (IPDPS 2003); the
/// form for any number of ranks after the grid plugin of KaMPIng (T. N. Uhl, M. Schimek, L. Huebner, D. Hespe,
/// F. Kurpicz, C. Stelz, P. Sanders, SC 2024).
class grid_exchange {
 public:
  /// Sends parts[r] to rank r: collective, returns when everything that is meant for this rank is here.
  grid_exchange(comm_state& state, std::span<const std::span<const std::byte>> parts, const call_site& where);

  /// Bytes that came from each rank.
  [[nodiscard]] const std::vector<std::size_t>& counts() const noexcept { return counts_; }
  /// Writes what came, in the order of ranks, to `out`: the sum of counts() bytes.
  void write_to(std::byte* out) const;

 private:
  std::vector<std::size_t> counts_;
  std::vector<const std::byte*> from_;
  std::vector<buffer<std::byte>> came_;
};

}  // namespace cohort::detail
