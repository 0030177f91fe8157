#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/start_reduction.hpp>

namespace cohort {
namespace detail {

template <class Reduction>
pending start_allreduce(const comm_state& state, const void* from, void* to, std::size_t n, const call_site& where,
                        std::size_t limit = int_limit) {
  return in_one_call<Reduction>(n, limit, [&](int count, MPI_Datatype type, MPI_Op op) {
    return start(state, "MPI_Iallreduce", where,
                 [&](MPI_Request* raw) { return MPI_Iallreduce(from, to, count, type, op, state.comm, raw); });
  });
}

}  // namespace detail

template <class T, class Op>
auto icollective_operations::iallreduce(T&& mine, Op, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  detail::require_reducible<Bare>();
  using Reduction = detail::reduction<Op, detail::element_t<Bare>>;
  auto& state = detail::access::state(*this, "iallreduce", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<T>>, Op>(
      state, "iallreduce", where, {.count = detail::same_count(detail::element_count(mine))});
  return compared(detail::own_reduction(std::forward<T>(mine), detail::element_count(mine),
                                        [&](const void* from, void* to, std::size_t n) {
                                          return detail::start_allreduce<Reduction>(state, from, to, n, where);
                                        }));
}

template <class T, class Result, class Op>
request<void> icollective_operations::iallreduce_into(T&& mine, Result&& result, Op, call_site where) const {
  detail::require_reduction_into<T, Result>();
  using Reduction = detail::reduction<Op, detail::element_t<std::remove_cvref_t<T>>>;
  auto& state = detail::access::state(*this, "iallreduce", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<T>>, Op>(
      state, "iallreduce", where, {.count = detail::same_count(detail::element_count(mine))});
  const auto n = detail::element_count(mine);
  detail::check_length("iallreduce", state, detail::element_count(result), n, where);
  return compared(request<void>{detail::start_allreduce<Reduction>(state, detail::view_of(mine).data,
                                                                   detail::room_of(result).data, n, where)});
}

}  // namespace cohort
