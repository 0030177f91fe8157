#pragma once

#include <cohort/collective/detail/layout.hpp>
#include <cohort/collective/detail/start.hpp>
#include <cohort/core/detail/placed_types.hpp>

#include <memory>
#include <utility>

namespace cohort::detail {

/// Blocks for every rank and blocks from every rank, as MPI_Ialltoallw takes them, in memory that a request can
/// keep: MPI may read such arrays until the operation is complete. All are empty until set.
///
/// Each block has a type of its own there, so that one which is longer or farther off than an int can say goes as
/// one element of a derived type. Who sends it need not tell anybody, which is why the uneven operations are all
/// this call: of each other's blocks ranks know no more than those that they exchange. It costs what MPI_Igatherv,
/// MPI_Iscatterv or MPI_Ialltoallv cost, which in Open MPI are the same algorithm; empty blocks are not sent.
template <class Element>
class kept_blocks {
  using Type = datatype<Element>;

 public:
  /// `types`, if given, is what the request shall hold on its arrival.
  explicit kept_blocks(const comm_state& state, const call_site& where, std::size_t limit = int_limit,
                       std::unique_ptr<placed_types> types = {})
      : state_{state},
        where_{where},
        limit_{limit},
        ranks_{static_cast<std::size_t>(state.size)},
        memory_(2 * ranks_ * (sizeof(MPI_Datatype) + 2 * sizeof(int))),
        types_{reinterpret_cast<MPI_Datatype*>(memory_.data())},
        numbers_{reinterpret_cast<int*>(types_ + 2 * ranks_)},
        large_{std::move(types)} {
    for (std::size_t i = 0; i != 2 * ranks_; ++i) types_[i] = Type::type();
    for (std::size_t i = 0; i != 4 * ranks_; ++i) numbers_[i] = 0;
  }

  /// The block for `rank`, and that which comes from there: `n` elements, `offset` elements from the beginning. @{
  void send(std::size_t rank, std::size_t offset, std::size_t n) { set(rank, offset, n); }
  void recv(std::size_t rank, std::size_t offset, std::size_t n) { set(ranks_ + rank, offset, n); }
  /// @}
  void send_all(counts_view counts) { set_all(0, counts); }
  void recv_all(counts_view counts) { set_all(ranks_, counts); }

  /// Starts the exchange.
  [[nodiscard]] request<void> start(const void* from, void* to, int root = mpi_error::context::absent) && {
    MPI_Request raw = MPI_REQUEST_NULL;
    const auto* const counts = numbers_;
    const auto* const offsets = numbers_ + 2 * ranks_;
    check(MPI_Ialltoallw(from, counts, offsets, types_, to, counts + ranks_, offsets + ranks_, types_ + ranks_,
                         state_.comm, &raw),
          "MPI_Ialltoallw", state_, where_, root);
    pending started{raw,
                    {.routine = "MPI_Ialltoallw",
                     .rank = state_.rank,
                     .peer = root,
                     .tag = mpi_error::context::absent,
                     .where = where_,
                     .receives = false,
                     .collective = true},
                    owned<arrival>{large_.release()}};
    return request<void>{std::move(started), std::move(memory_)};
  }

 private:
  void set_all(std::size_t first, counts_view counts) {
    std::size_t at = 0;
    for (std::size_t r = 0; r != ranks_; ++r) {
      set(first + r, at, counts[r]);
      at += counts[r];
    }
  }
  void set(std::size_t which, std::size_t offset, std::size_t n) {
    const auto units = n * Type::per_element;
    const auto bytes = offset * sizeof(Element);
    if (units <= limit_ && bytes <= limit_) {
      numbers_[which] = static_cast<int>(units);
      numbers_[2 * ranks_ + which] = static_cast<int>(bytes);
    } else if (n != 0) {
      if (!large_) large_ = std::make_unique<placed_types>();
      numbers_[which] = 1;
      types_[which] = large_->add(units, Type::type(), bytes, state_, where_);
    }
  }

  const comm_state& state_;
  const call_site& where_;
  std::size_t limit_;
  std::size_t ranks_;
  buffer<std::byte> memory_;
  MPI_Datatype* types_;
  int* numbers_;  ///< counts, then offsets in bytes
  std::unique_ptr<placed_types> large_;
};

}  // namespace cohort::detail
