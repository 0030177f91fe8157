#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/object_reduction.hpp>
#include <cohort/collective/detail/reduction.hpp>

#include <optional>

namespace cohort {

template <class T, class Result, class Op>
void collective_operations::exscan_into(const T& mine, Result&& result, Op, call_site where) const {
  detail::require_reducible<T>();
  using Element = detail::element_t<T>;
  using Reduction = detail::reduction<Op, Element>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<Result>>>,
                "cohort: both sides must hold the same element type");
  auto& state = detail::access::state(*this, "exscan", where);
  const auto busy = detail::agree<check_level, Element, Op>(
      state, "exscan", where, {.count = detail::same_count(detail::element_count(mine))});
  const auto n = detail::element_count(mine);
  detail::check_length("exscan", state, detail::element_count(result), n, where);
  detail::reduce_everywhere<Reduction, &MPI_Exscan>(state, "MPI_Exscan", detail::view_of(mine).data,
                                                    detail::room_of(result).data, n, where);
}

template <class T, class Op>
auto collective_operations::exscan(const T& mine, Op op, call_site where) const {
  const bool first = detail::access::state(*this, "exscan", where).rank == 0;
  if constexpr (detail::reduced_whole<T>) {
    detail::require_combines<Op, T>();
    auto& state = detail::access::state(*this, "exscan", where);
    const auto busy = detail::agree<check_level, T, Op>(state, "exscan", where);
    T result = mine;
    detail::scan_objects(state, result, op, "exscan", where);
    // Everybody's is the next rank's. Those with an even number give first.
    if (state.rank % 2 == 0 && state.rank + 1 < state.size)
      detail::send_object(state, state.rank + 1, result, where);
    std::optional<T> before;
    if (!first) before = detail::receive_object<T>(state, state.rank - 1, "exscan", where);
    if (state.rank % 2 == 1 && state.rank + 1 < state.size)
      detail::send_object(state, state.rank + 1, result, where);
    return before;
  } else if constexpr (detail::shape_of<T> == detail::shape::value) {
    T result{};
    exscan_into(mine, result, op, where);
    return first ? std::nullopt : std::optional<T>{result};
  } else {
    buffer<detail::element_t<T>> result(detail::element_count(mine));
    exscan_into(mine, result, op, where);
    if (first) result.truncate(0);
    return result;
  }
}

template <class T, class Op>
void collective_operations::exscan_in_place(T&& values, Op, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  detail::require_reducible<Bare>();
  using Reduction = detail::reduction<Op, detail::element_t<Bare>>;
  auto& state = detail::access::state(*this, "exscan", where);
  const auto busy = detail::agree<check_level, detail::element_t<Bare>, Op>(
      state, "exscan", where, {.count = detail::same_count(detail::element_count(values))});
  const auto n = detail::element_count(values);
  detail::reduce_everywhere<Reduction, &MPI_Exscan>(state, "MPI_Exscan", MPI_IN_PLACE, detail::room_of(values).data,
                                                    n, where);
}

}  // namespace cohort
