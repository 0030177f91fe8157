#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/object_reduction.hpp>
#include <cohort/collective/detail/reduction.hpp>

namespace cohort {

template <class T, class Result, class Op>
void collective_operations::scan_into(const T& mine, Result&& result, Op, call_site where) const {
  detail::require_reducible<T>();
  using Element = detail::element_t<T>;
  using Reduction = detail::reduction<Op, Element>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<Result>>>,
                "cohort: both sides must hold the same element type");
  auto& state = detail::access::state(*this, "scan", where);
  const auto busy = detail::agree<check_level, Element, Op>(
      state, "scan", where, {.count = detail::same_count(detail::element_count(mine))});
  const auto n = detail::element_count(mine);
  detail::check_length("scan", state, detail::element_count(result), n, where);
  detail::reduce_everywhere<Reduction, &MPI_Scan>(state, "MPI_Scan", detail::view_of(mine).data,
                                                  detail::room_of(result).data, n, where);
}

template <class T, class Op>
auto collective_operations::scan(const T& mine, Op op, call_site where) const {
  if constexpr (detail::reduced_whole<T>) {
    detail::require_combines<Op, T>();
    auto& state = detail::access::state(*this, "scan", where);
    const auto busy = detail::agree<check_level, T, Op>(state, "scan", where);
    T result = mine;
    detail::scan_objects(state, result, op, "scan", where);
    return result;
  } else if constexpr (detail::shape_of<T> == detail::shape::value) {
    T result{};
    scan_into(mine, result, op, where);
    return result;
  } else {
    buffer<detail::element_t<T>> result(detail::element_count(mine));
    scan_into(mine, result, op, where);
    return result;
  }
}

template <class T, class Op>
void collective_operations::scan_in_place(T&& values, Op, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  detail::require_reducible<Bare>();
  using Reduction = detail::reduction<Op, detail::element_t<Bare>>;
  auto& state = detail::access::state(*this, "scan", where);
  const auto busy = detail::agree<check_level, detail::element_t<Bare>, Op>(
      state, "scan", where, {.count = detail::same_count(detail::element_count(values))});
  const auto n = detail::element_count(values);
  detail::reduce_everywhere<Reduction, &MPI_Scan>(state, "MPI_Scan", MPI_IN_PLACE, detail::room_of(values).data, n,
                                                  where);
}

}  // namespace cohort
