#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/p2p/detail/type_record.hpp>

namespace cohort {

template <class T>
status p2p_operations::sendrecv_replace(T&& what, exchange with, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  static_assert(detail::shape_of<Bare> != detail::shape::object,
                "cohort: sendrecv_replace takes plain values and ranges; use sendrecv for serialised types");
  static_assert(std::is_lvalue_reference_v<T> || detail::is_view<Bare>,
                "cohort: what sendrecv_replace receives into a temporary would be lost; use sendrecv");
  auto& state = detail::access::state(*this, "sendrecv_replace", where);
  detail::check_dest("sendrecv_replace", state, with.dest, with.sendtag, where);
  detail::check_source("sendrecv_replace", state, with.source, with.recvtag, where);
  const auto place = detail::room_of(what);
  const detail::incoming<check_level, Bare> wire{place, detail::both_ways};
  status info;
  const detail::wait_scope busy{state, "sendrecv_replace", with, where};
  const int code = MPI_Sendrecv_replace(wire.data(), wire.count(), wire.type(), with.dest, with.sendtag,
                                        with.source, with.recvtag, state.comm, info.native());
  wire.arrived(code, info, {"sendrecv_replace", state.rank, where});
  detail::check(code, "MPI_Sendrecv_replace", state, where, with.source, with.recvtag, place.count);
  return info;
}

}  // namespace cohort
