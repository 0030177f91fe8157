#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/p2p/isend.hpp>
#include <cohort/p2p/recv.hpp>

namespace cohort {

template <class T, class U>
status p2p_operations::sendrecv_into(const T& what, U&& destination, exchange with, call_site where) const {
  static_assert(detail::shape_of<T> != detail::shape::object &&
                    detail::shape_of<std::remove_cvref_t<U>> != detail::shape::object,
                "cohort: sendrecv_into takes plain values and ranges; use sendrecv for serialised types");
  detail::require_sendable<T>();
  auto& state = detail::access::state(*this, "sendrecv", where);
  detail::check_dest("sendrecv", state, with.dest, with.sendtag, where);
  detail::check_source("sendrecv", state, with.source, with.recvtag, where);
  const auto out = detail::view_of(what);
  const auto in = detail::room_of(destination);
  const detail::outgoing<check_level, T> out_wire{out};
  const detail::incoming<check_level, std::remove_cvref_t<U>> in_wire{in};
  status info;
  const detail::wait_scope busy{state, "sendrecv", with, where};
  const int code =
      MPI_Sendrecv(out_wire.data(), out_wire.count(), out_wire.type(), with.dest, with.sendtag, in_wire.data(),
                   in_wire.count(), in_wire.type(), with.source, with.recvtag, state.comm, info.native());
  in_wire.arrived(code, info, {"sendrecv", state.rank, where});
  detail::check(code, "MPI_Sendrecv", state, where, with.source, with.recvtag, in.count);
  return info;
}

template <class U, class T>
U p2p_operations::sendrecv(const T& what, exchange with, call_site where) const {
  if constexpr (detail::shape_of<U> == detail::shape::value && detail::shape_of<T> != detail::shape::object) {
    U result{};
    const auto info = sendrecv_into(what, result, with, where);
    if (info.bytes() != datatype<U>::wire_size && info.source() != proc_null) [[unlikely]] {
      detail::throw_short_message("MPI_Sendrecv", detail::access::state(*this, "sendrecv", where).rank,
                                  info.bytes(), datatype<U>::wire_size, where);
    }
    return result;
  } else {
    auto& state = detail::access::state(*this, "sendrecv", where);
    detail::check_source("sendrecv", state, with.source, with.recvtag, where);
    auto leaving = isend(what, {with.dest, with.sendtag}, where);
    try {
      U result = recv<U>({with.source, with.recvtag}, where);
      leaving.wait();
      return result;
    } catch (const mpi_error& e) {
      // MPI itself does not work; the other side may never take what we send. But a message too long is ours alone.
      if (e.error_class() == MPI_ERR_TRUNCATE) leaving.wait();
      throw;
    } catch (...) {
      leaving.wait();  // what came was wrong, but MPI still reads what we send, and its memory is the caller's
      throw;
    }
  }
}

}  // namespace cohort
