#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/start_reduction.hpp>

namespace cohort {
namespace detail {

template <class Reduction>
pending start_reduce(const comm_state& state, const void* from, void* to, std::size_t n, int root,
                     const call_site& where, std::size_t limit = int_limit) {
  // Only the root may have its result where its contribution is.
  if (state.rank != root && from == MPI_IN_PLACE) from = std::exchange(to, nullptr);
  return in_one_call<Reduction>(n, limit, [&](int count, MPI_Datatype type, MPI_Op op) {
    return start(state, "MPI_Ireduce", where, root,
                 [&](MPI_Request* raw) { return MPI_Ireduce(from, to, count, type, op, root, state.comm, raw); });
  });
}

}  // namespace detail

template <class T, class Op>
auto icollective_operations::ireduce(T&& mine, Op, rooted at, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  detail::require_reducible<Bare>();
  using Reduction = detail::reduction<Op, detail::element_t<Bare>>;
  auto& state = detail::access::state(*this, "ireduce", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<T>>, Op>(
      state, "ireduce", where, {.root = at.root, .count = detail::same_count(detail::element_count(mine))});
  detail::check_root("ireduce", state, at.root, where);
  const auto room = state.rank == at.root ? detail::element_count(mine) : 0;
  return compared(
      detail::own_reduction(std::forward<T>(mine), room, [&](const void* from, void* to, std::size_t n) {
        return detail::start_reduce<Reduction>(state, from, to, n, at.root, where);
      }));
}

template <class T, class Result, class Op>
request<void> icollective_operations::ireduce_into(T&& mine, Result&& result, Op, rooted at,
                                                   call_site where) const {
  detail::require_reduction_into<T, Result>();
  using Reduction = detail::reduction<Op, detail::element_t<std::remove_cvref_t<T>>>;
  auto& state = detail::access::state(*this, "ireduce", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<T>>, Op>(
      state, "ireduce", where, {.root = at.root, .count = detail::same_count(detail::element_count(mine))});
  detail::check_root("ireduce", state, at.root, where);
  const auto n = detail::element_count(mine);
  if (state.rank == at.root) detail::check_length("ireduce", state, detail::element_count(result), n, where);
  return compared(request<void>{detail::start_reduce<Reduction>(state, detail::view_of(mine).data,
                                                                detail::room_of(result).data, n, at.root, where)});
}

}  // namespace cohort
