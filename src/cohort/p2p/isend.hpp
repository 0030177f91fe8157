#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/request.hpp>
#include <cohort/serial/pack.hpp>

namespace cohort {
namespace detail {

inline pending start_send(const comm_state& state, const view& what, to where_to, const call_site& where) {
  const wire_count wire{what.count, what.type};
  MPI_Request raw = MPI_REQUEST_NULL;
  check(MPI_Isend(what.data, wire.count(), wire.type(), where_to.dest, where_to.tag, state.comm, &raw), "MPI_Isend",
        state, where, where_to.dest, where_to.tag, what.count);
  return {raw, {"MPI_Isend", state.rank, where_to.dest, where_to.tag, where, false}};
}

}  // namespace detail

template <class T>
auto p2p_operations::isend(T&& what, to where_to, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  detail::require_sendable<std::remove_reference_t<T>>();
  auto& state = detail::access::state(*this, "isend", where);
  detail::check_dest("isend", state, where_to.dest, where_to.tag, where);
  const auto start = [&](const auto& object) {
    return detail::start_send(state, detail::view_of(object), where_to, where);
  };
  if constexpr (detail::shape_of<Bare> == detail::shape::object) {
    auto packed = serial::pack(what);
    auto started = start(packed);
    return request<void>{std::move(started), std::move(packed)};
  } else if constexpr (std::is_lvalue_reference_v<T> || detail::is_view<Bare>) {
    return request<void>{start(what)};
  } else {
    static_assert(!std::is_const_v<std::remove_reference_t<T>>, "cohort: isend of a const temporary cannot own it");
    return request<Bare>{std::forward<T>(what), start};
  }
}

}  // namespace cohort
