#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/object_reduction.hpp>
#include <cohort/collective/detail/reduction.hpp>

#include <optional>
#include <utility>

namespace cohort {

template <class T, class Result, class Op>
void collective_operations::reduce_into(const T& mine, Result&& result, Op, rooted at, call_site where) const {
  detail::require_reducible<T>();
  using Element = detail::element_t<T>;
  using Reduction = detail::reduction<Op, Element>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<Result>>>,
                "cohort: both sides must hold the same element type");
  auto& state = detail::access::state(*this, "reduce", where);
  const auto busy = detail::agree<check_level, Element, Op>(
      state, "reduce", where, {.root = at.root, .count = detail::same_count(detail::element_count(mine))});
  detail::check_root("reduce", state, at.root, where);
  const auto n = detail::element_count(mine);
  if (state.rank == at.root) detail::check_length("reduce", state, detail::element_count(result), n, where);
  detail::reduce_pieces<Reduction>(state, detail::view_of(mine).data, detail::room_of(result).data, n, at.root,
                                   where);
}

template <class T, class Op>
auto collective_operations::reduce(const T& mine, Op op, rooted at, call_site where) const {
  if constexpr (detail::reduced_whole<T>) {
    detail::require_combines<Op, T>();
    auto& state = detail::access::state(*this, "reduce", where);
    const auto busy = detail::agree<check_level, T, Op>(state, "reduce", where, {.root = at.root});
    detail::check_root("reduce", state, at.root, where);
    T result = mine;
    detail::reduce_to_first(state, result, op, "reduce", where);
    if (at.root != 0 && state.rank == 0) detail::send_object(state, at.root, result, where);
    if (state.rank != at.root) return std::optional<T>{};
    if (at.root != 0) result = detail::receive_object<T>(state, 0, "reduce", where);
    return std::optional<T>{std::move(result)};
  } else if constexpr (detail::shape_of<T> == detail::shape::value) {
    T result{};
    reduce_into(mine, result, op, at, where);
    const bool root = detail::access::state(*this, "reduce", where).rank == at.root;
    return root ? std::optional<T>{result} : std::nullopt;
  } else {
    const bool root = detail::access::state(*this, "reduce", where).rank == at.root;
    buffer<detail::element_t<T>> result(root ? detail::element_count(mine) : 0);
    reduce_into(mine, result, op, at, where);
    return result;
  }
}

template <class T, class Op>
void collective_operations::reduce_in_place(T&& values, Op, rooted at, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  detail::require_reducible<Bare>();
  using Reduction = detail::reduction<Op, detail::element_t<Bare>>;
  auto& state = detail::access::state(*this, "reduce", where);
  const auto busy = detail::agree<check_level, detail::element_t<Bare>, Op>(
      state, "reduce", where, {.root = at.root, .count = detail::same_count(detail::element_count(values))});
  detail::check_root("reduce", state, at.root, where);
  const auto n = detail::element_count(values);
  void* const memory = detail::room_of(values).data;
  const bool root = state.rank == at.root;
  detail::reduce_pieces<Reduction>(state, root ? MPI_IN_PLACE : memory, root ? memory : nullptr, n, at.root, where);
}

}  // namespace cohort
