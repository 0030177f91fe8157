#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/serial/pack.hpp>

namespace cohort {
namespace detail {

inline void send_bytes(const comm_state& state, const view& what, to where_to, const call_site& where) {
  const wire_count wire{what.count, what.type};
  check(MPI_Send(what.data, wire.count(), wire.type(), where_to.dest, where_to.tag, state.comm), "MPI_Send", state,
        where, where_to.dest, where_to.tag, what.count);
}

}  // namespace detail

template <class T>
void p2p_operations::send(const T& what, to where_to, call_site where) const {
  detail::require_sendable<T>();
  auto& state = detail::access::state(*this, "send", where);
  detail::check_dest("send", state, where_to.dest, where_to.tag, where);
  if constexpr (detail::shape_of<T> != detail::shape::object) {
    detail::send_bytes(state, detail::view_of(what), where_to, where);
  } else {
    const auto packed = serial::pack(what);
    detail::send_bytes(state, detail::view_of(packed), where_to, where);
  }
}

}  // namespace cohort
