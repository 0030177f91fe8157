#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/request.hpp>
#include <cohort/p2p/detail/type_record.hpp>

namespace cohort {
namespace detail {

template <int Level, class T>
inline pending start_recv(const comm_state& state, const view& place, from where_from, const call_site& where) {
  coming<Level, T> wire{place};
  MPI_Request raw = MPI_REQUEST_NULL;
  check(MPI_Irecv(wire.data(), wire.count(), wire.type(), where_from.source, where_from.tag, state.comm, &raw),
        "MPI_Irecv", state, where, where_from.source, where_from.tag, place.count);
  return {raw,
          {"MPI_Irecv", state.rank, where_from.source, where_from.tag, where, true, false, watch_id(state)},
          wire.record()};
}

}  // namespace detail

template <plain T>
request<T> p2p_operations::irecv(from where_from, call_site where) const {
  auto& state = detail::access::state(*this, "irecv", where);
  detail::check_source("irecv", state, where_from.source, where_from.tag, where);
  return {T{}, [&](T& place) {
            return detail::start_recv<check_level, T>(state, detail::view_of(place), where_from, where);
          }};
}

template <class Container>
request<Container> p2p_operations::irecv(std::size_t count, from where_from, call_site where) const {
  static_assert(detail::shape_of<Container> == detail::shape::growing,
                "cohort: irecv with a count needs a container of plain elements, such as std::vector<double>");
  auto& state = detail::access::state(*this, "irecv", where);
  detail::check_source("irecv", state, where_from.source, where_from.tag, where);
  Container room;
  detail::set_size(room, count);
  return {std::move(room), [&](Container& place) {
            return detail::start_recv<check_level, Container>(state, detail::view_of(place), where_from, where);
          }};
}

template <class T>
request<void> p2p_operations::irecv_into(T&& destination, from where_from, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  static_assert(detail::shape_of<Bare> != detail::shape::object,
                "cohort: a serialised object cannot be received in place; use recv");
  static_assert(std::is_lvalue_reference_v<T> || detail::is_view<Bare>,
                "cohort: irecv_into borrows its destination, and a temporary would be gone; use irecv<T>");
  auto& state = detail::access::state(*this, "irecv_into", where);
  detail::check_source("irecv_into", state, where_from.source, where_from.tag, where);
  return request<void>{[&] {
    return detail::start_recv<check_level, Bare>(state, detail::room_of(destination), where_from, where);
  }};
}

}  // namespace cohort
