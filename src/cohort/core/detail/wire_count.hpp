#pragma once

#include <mpi.h>

#include <climits>
#include <cstddef>

namespace cohort::detail {

/// `n` elements of `type` as an (int count, MPI_Datatype) pair, which is all that MPI 3.1 takes. Up to 2^31 - 1
/// that is the pair itself and costs a comparison; beyond, a derived type of 2^30-element blocks and a rest stands
/// in, made here and freed with this object (MPI keeps it alive for a pending request).
class wire_count {
 public:
  wire_count(std::size_t n, MPI_Datatype type) : count_{static_cast<int>(n)}, type_{type} {
    if (n > static_cast<std::size_t>(INT_MAX)) [[unlikely]] {
      type_ = make_large(n, type);
      count_ = 1;
      large_ = true;
    }
  }
  wire_count(const wire_count&) = delete;
  wire_count& operator=(const wire_count&) = delete;
  ~wire_count() {
    if (large_) [[unlikely]] {
      MPI_Datatype made = type_;  // nobody is given the address of a member: so all of this stays in registers
      MPI_Type_free(&made);
    }
  }

  [[nodiscard]] int count() const noexcept { return count_; }
  [[nodiscard]] MPI_Datatype type() const noexcept { return type_; }

 private:
  static MPI_Datatype make_large(std::size_t n, MPI_Datatype element);

  int count_;
  MPI_Datatype type_;
  bool large_ = false;
};

/// `n` as MPI's int; throws argument_error naming `routine` if it does not fit. For the calls (reductions) where no
/// derived type can help.
[[nodiscard]] int narrow_count(std::size_t n, const char* routine);

}  // namespace cohort::detail
