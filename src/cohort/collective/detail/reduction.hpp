#pragma once

#include <cohort/collective/detail/layout.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/op.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace cohort::detail {

template <class T>
constexpr void require_reducible() {
  static_assert(
      shape_of<T> != shape::object,
      "cohort: this form reduces plain values and ranges; objects are reduced whole by reduce, allreduce, scan and "
      "exscan, which return the result");
  static_assert(
      !is_text<T>,
      "cohort: a string is one value, not a row of numbers; reduce, allreduce, scan and exscan of a std::string "
      "combine whole strings and return the result");
}

template <class Reduction>
struct reduced;
template <class Op, class T>
struct reduced<reduction<Op, T>> {
  using type = T;
  static constexpr bool commutes = reduction<Op, T>::has_builtin() || commutative<Op, T>;
};

/// `n` elements beyond what one call of MPI counts are reduced in pieces: call(from, to, count) for each, in the
/// same order on every rank. A null pointer and MPI_IN_PLACE stay what they are.
template <class Reduction, class Call>
void in_pieces(const void* from, void* to, std::size_t n, std::size_t limit, Call&& call) {
  using Element = typename reduced<Reduction>::type;
  if (n <= limit) [[likely]] {
    call(from, to, static_cast<int>(n));
    return;
  }
  const auto piece = std::min(limit, std::size_t{1} << 30);
  for (std::size_t at = 0; at < n; at += piece) {
    const bool stays = from == nullptr || from == MPI_IN_PLACE;
    call(stays ? from : static_cast<const Element*>(from) + at,
         to == nullptr ? nullptr : static_cast<Element*>(to) + at, static_cast<int>(std::min(piece, n - at)));
  }
}

template <class Reduction>
void reduce_pieces(const comm_state& state, const void* from, void* to, std::size_t n, int root,
                   const call_site& where, std::size_t limit = int_limit) {
  in_pieces<Reduction>(from, to, n, limit, [&](const void* a, void* b, int count) {
    check(MPI_Reduce(a, b, count, Reduction::type(), Reduction::op(), root, state.comm), "MPI_Reduce", state, where,
          root, mpi_error::context::absent, n);
  });
}

/// MPI_Allreduce, MPI_Scan or MPI_Exscan.
template <class Reduction, auto Call>
void reduce_everywhere(const comm_state& state, const char* routine, const void* from, void* to, std::size_t n,
                       const call_site& where, std::size_t limit = int_limit) {
  in_pieces<Reduction>(from, to, n, limit, [&](const void* a, void* b, int count) {
    check(Call(a, b, count, Reduction::type(), Reduction::op(), state.comm), routine, state, where,
          mpi_error::context::absent, mpi_error::context::absent, n);
  });
}

}  // namespace cohort::detail
