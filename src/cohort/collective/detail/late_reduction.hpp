#pragma once

#include <cohort/collective/detail/reduction.hpp>
#include <cohort/core/buffer.hpp>
#include <cohort/core/detail/placed_types.hpp>

#include <cstddef>
#include <cstring>

namespace cohort::detail {

/// A reduction in two steps: MPI brings every rank's block, and when all are there they are combined here, in the
/// order of ranks. For where one call of MPI cannot count what it would have to reduce.
template <class Reduction>
class late_reduction final : public placed_types {
  using Element = typename reduced<Reduction>::type;

 public:
  /// `n` elements from each of `ranks` ranks, combined into `to`.
  late_reduction(std::size_t ranks, std::size_t n, void* to, std::size_t limit)
      : blocks_(ranks * n), ranks_{ranks}, n_{n}, to_{to}, limit_{limit} {}

  /// Where the blocks are to lie, one behind the other.
  [[nodiscard]] void* room() noexcept { return blocks_.data(); }

  void settle(int code, status&, const operation&) override {
    if (code == MPI_SUCCESS) finish();
  }
  void finish() noexcept override {
    if (n_ == 0) return;
    std::size_t rank = ranks_ - 1;
    std::memcpy(to_, static_cast<const void*>(blocks_.data() + rank * n_), n_ * sizeof(Element));
    while (rank-- != 0) {
      in_pieces<Reduction>(blocks_.data() + rank * n_, to_, n_, limit_, [](const void* a, void* b, int count) {
        MPI_Reduce_local(a, b, count, Reduction::type(), Reduction::op());
      });
    }
  }

 private:
  buffer<Element> blocks_;
  std::size_t ranks_;
  std::size_t n_;
  void* to_;
  std::size_t limit_;
};

}  // namespace cohort::detail
