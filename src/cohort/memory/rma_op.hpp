#pragma once

#include <cohort/core/op.hpp>

#include <mpi.h>

#include <concepts>

namespace cohort {

/// Operations of one-sided communication alone: the target becomes the operand (an atomic put), or stays as it is
/// (an atomic get). MPI_REPLACE and MPI_NO_OP. @{
struct replace {
  template <class T>
  constexpr T operator()(const T& operand, const T&) const {
    return operand;
  }
};
struct no_op {
  template <class T>
  constexpr T operator()(const T&, const T& target) const {
    return target;
  }
};
/// @}

namespace detail {

/// What a one-sided update of elements T with Op passes to MPI, which takes none but its own operations there.
template <class Op, class T>
struct rma_reduction : reduction<Op, T> {
  static_assert(
      reduction<Op, T>::has_builtin(),
      "cohort: one-sided updates take MPI's own operations only; use std::plus, std::multiplies, minimum, "
      "maximum, bitwise or logical ones on numbers, or replace and no_op");
};
template <std::same_as<replace> Op, class T>
struct rma_reduction<Op, T> {
  static MPI_Op op() noexcept { return MPI_REPLACE; }
  static MPI_Datatype type() noexcept { return datatype<T>::type(); }
};
template <std::same_as<no_op> Op, class T>
struct rma_reduction<Op, T> {
  static MPI_Op op() noexcept { return MPI_NO_OP; }
  static MPI_Datatype type() noexcept { return datatype<T>::type(); }
};

}  // namespace detail
}  // namespace cohort
