#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/p2p/detail/type_record.hpp>
#include <cohort/serial/pack.hpp>

#include <cstring>

namespace cohort {

template <class T>
void p2p_operations::bsend(const T& what, to where_to, call_site where) const {
  detail::require_sendable<T>();
  auto& state = detail::access::state(*this, "bsend", where);
  detail::check_dest("bsend", state, where_to.dest, where_to.tag, where);
  const auto start = [&](void* data, std::size_t count, MPI_Datatype type) {
    const detail::outgoing<check_level, T> wire{{data, count, type}};
    MPI_Request raw = MPI_REQUEST_NULL;
    detail::check(MPI_Isend(wire.data(), wire.count(), wire.type(), where_to.dest, where_to.tag, state.comm, &raw),
                  "MPI_Isend", state, where, where_to.dest, where_to.tag, count);
    return raw;
  };
  if constexpr (detail::shape_of<T> == detail::shape::object) {
    state.buffered.send(serial::pack(what), [&](auto& copy) { return start(copy.data(), copy.size(), MPI_BYTE); });
  } else {
    const auto from = detail::view_of(what);
    buffer<std::byte> bytes(detail::element_count(what) * sizeof(detail::element_t<T>));
    if (!bytes.empty()) std::memcpy(bytes.data(), from.data, bytes.size());
    state.buffered.send(std::move(bytes), [&](auto& copy) { return start(copy.data(), from.count, from.type); });
  }
}

inline void p2p_operations::flush_buffer(call_site where) const {
  auto& state = detail::access::state(*this, "flush_buffer", where);
  const detail::wait_scope busy{where, "flush_buffer"};
  detail::check(state.buffered.complete(), "MPI_Wait", state, where);
}

}  // namespace cohort
