#pragma once

#include <cohort/collective/bcast.hpp>
#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/object_reduction.hpp>
#include <cohort/collective/detail/reduction.hpp>

namespace cohort {

template <class T, class Result, class Op>
void collective_operations::allreduce_into(const T& mine, Result&& result, Op, call_site where) const {
  detail::require_reducible<T>();
  using Element = detail::element_t<T>;
  using Reduction = detail::reduction<Op, Element>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<Result>>>,
                "cohort: both sides must hold the same element type");
  auto& state = detail::access::state(*this, "allreduce", where);
  const auto busy = detail::agree<check_level, Element, Op>(
      state, "allreduce", where, {.count = detail::same_count(detail::element_count(mine))});
  const auto n = detail::element_count(mine);
  detail::check_length("allreduce", state, detail::element_count(result), n, where);
  detail::reduce_everywhere<Reduction, &MPI_Allreduce>(state, "MPI_Allreduce", detail::view_of(mine).data,
                                                       detail::room_of(result).data, n, where);
}

template <class T, class Op>
auto collective_operations::allreduce(const T& mine, Op op, call_site where) const {
  if constexpr (detail::reduced_whole<T>) {
    detail::require_combines<Op, T>();
    auto& state = detail::access::state(*this, "allreduce", where);
    const auto busy = detail::agree<check_level, T, Op>(state, "allreduce", where);
    T result = mine;
    detail::reduce_to_first(state, result, op, "allreduce", where);
    buffer<std::byte> packed;
    if (state.rank == 0) packed = serial::pack(result);
    detail::bcast_growing(state, packed, 0, where);
    if (state.rank != 0) {
      T all{};
      serial::unpack_received({packed.data(), packed.size()}, all, "allreduce", state.rank, where);
      result = std::move(all);
    }
    return result;
  } else if constexpr (detail::shape_of<T> == detail::shape::value) {
    T result{};
    allreduce_into(mine, result, op, where);
    return result;
  } else {
    buffer<detail::element_t<T>> result(detail::element_count(mine));
    allreduce_into(mine, result, op, where);
    return result;
  }
}

template <class T, class Op>
void collective_operations::allreduce_in_place(T&& values, Op, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  detail::require_reducible<Bare>();
  using Reduction = detail::reduction<Op, detail::element_t<Bare>>;
  auto& state = detail::access::state(*this, "allreduce", where);
  const auto busy = detail::agree<check_level, detail::element_t<Bare>, Op>(
      state, "allreduce", where, {.count = detail::same_count(detail::element_count(values))});
  const auto n = detail::element_count(values);
  detail::reduce_everywhere<Reduction, &MPI_Allreduce>(state, "MPI_Allreduce", MPI_IN_PLACE,
                                                       detail::room_of(values).data, n, where);
}

}  // namespace cohort
