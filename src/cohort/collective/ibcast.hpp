#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/start.hpp>

namespace cohort {

template <class T>
auto icollective_operations::ibcast(T&& value, rooted at, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  static_assert(detail::shape_of<Bare> != detail::shape::object,
                "cohort: non-blocking collectives take plain values and ranges of them; use the blocking form for "
                "serialised objects");
  auto& state = detail::access::state(*this, "ibcast", where);
  auto compared = detail::compare_later<check_level, detail::element_t<Bare>>(
      state, "ibcast", where, {.root = at.root, .count = detail::same_count(detail::element_count(value))});
  detail::check_root("ibcast", state, at.root, where);
  const auto begin = [&](auto& place) {
    const auto room = detail::room_of(place);
    const detail::wire_count wire{room.count, room.type};
    return detail::start(state, "MPI_Ibcast", where, at.root, [&](MPI_Request* raw) {
      return MPI_Ibcast(room.data, wire.count(), wire.type(), at.root, state.comm, raw);
    });
  };
  if constexpr (std::is_lvalue_reference_v<T> || detail::is_view<Bare>) {
    return compared(request<void>{begin(value)});
  } else {
    return compared(request<Bare>{Bare(std::forward<T>(value)), begin});
  }
}

}  // namespace cohort
