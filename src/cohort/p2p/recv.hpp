#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/p2p/detail/type_record.hpp>
#include <cohort/p2p/probe.hpp>

namespace cohort {
namespace detail {

template <int Level, class T>
status recv_view(const comm_state& state, const view& place, from where_from, const call_site& where) {
  const incoming<Level, T> wire{place};
  status info;
  const wait_scope busy{state, "recv", wait_kind::receives, where_from.source, where_from.tag, where};
  const int code = MPI_Recv(wire.data(), wire.count(), wire.type(), where_from.source, where_from.tag, state.comm,
                            info.native());
  wire.arrived(code, info, {"recv", state.rank, where});
  check(code, "MPI_Recv", state, where, where_from.source, where_from.tag, place.count);
  return info;
}

}  // namespace detail

template <class T>
T p2p_operations::recv(from where_from, status& info, call_site where) const {
  static_assert(!detail::is_view<T>,
                "cohort: a view owns no memory to receive into; use recv_into, or a container");
  static_assert(std::is_default_constructible_v<T>, "cohort: recv needs a default constructor; use recv_into");
  T result{};
  info = recv_into(result, where_from, where);
  if constexpr (detail::shape_of<T> == detail::shape::value) {
    if (info.bytes() != datatype<T>::wire_size && info.source() != proc_null) [[unlikely]] {
      detail::throw_short_message("MPI_Recv", detail::access::state(*this, "recv", where).rank, info.bytes(),
                                  datatype<T>::wire_size, where);
    }
  }
  return result;
}

template <class T>
T p2p_operations::recv(from where_from, call_site where) const {
  status info;
  return recv<T>(where_from, info, where);
}

template <class T>
status p2p_operations::recv_into(T&& destination, from where_from, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  constexpr auto shape = detail::shape_of<Bare>;
  auto& state = detail::access::state(*this, "recv", where);
  detail::check_source("recv", state, where_from.source, where_from.tag, where);
  if constexpr (shape == detail::shape::value || shape == detail::shape::range) {
    return detail::recv_view<check_level, Bare>(state, detail::room_of(destination), where_from, where);
  } else {
    const detail::wait_scope busy{state,          "recv", detail::wait_kind::receives, where_from.source,
                                  where_from.tag, where};
    auto found = mprobe(where_from, where);
    const auto info = found.info();
    if (info.source() != proc_null || shape == detail::shape::growing) found.recv_into(destination, where);
    return info;
  }
}

}  // namespace cohort
