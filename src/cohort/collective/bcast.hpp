#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/bcast_rider.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/serial/pack.hpp>

#include <cstring>
#include <utility>

namespace cohort {
namespace detail {

inline void bcast_bytes(const comm_state& state, const view& what, int root, const call_site& where) {
  const wire_count wire{what.count, what.type};
  check(MPI_Bcast(what.data, wire.count(), wire.type(), root, state.comm), "MPI_Bcast", state, where, root,
        mpi_error::context::absent, what.count);
}

/// Broadcasts a container whose length only the root knows.
template <class C>
void bcast_growing(comm_state& state, C& container, int root, const call_site& where) {
  using Element = element_t<C>;
  const std::size_t capacity = state.bcasts.capacity();
  bcast_rider head;
  if (state.rank == root) {
    head.length = std::ranges::size(container);
    const auto bytes = static_cast<std::size_t>(head.length) * sizeof(Element);
    if (bytes != 0 && bytes <= capacity) std::memcpy(head.data.data(), std::ranges::data(container), bytes);
  }
  bcast_bytes(state, {&head, sizeof head.length + capacity, MPI_BYTE}, root, where);
  const auto bytes = static_cast<std::size_t>(head.length) * sizeof(Element);
  state.bcasts.note(bytes);
  if (state.rank != root) set_size(container, static_cast<std::size_t>(head.length));
  if (bytes > capacity) {
    bcast_bytes(state, view_of(container), root, where);
  } else if (state.rank != root && bytes != 0) {
    std::memcpy(static_cast<void*>(std::ranges::data(container)), head.data.data(), bytes);
  }
}

}  // namespace detail

template <class T>
void collective_operations::bcast(T& value, rooted at, call_site where) const {
  constexpr auto shape = detail::shape_of<T>;
  auto& state = detail::access::state(*this, "bcast", where);
  const auto busy = detail::agree<check_level, detail::element_t<T>>(
      state, "bcast", where, {.root = at.root, .count = detail::fixed_count(value)});
  detail::check_root("bcast", state, at.root, where);
  if constexpr (shape == detail::shape::value || shape == detail::shape::range) {
    detail::bcast_bytes(state, detail::room_of(value), at.root, where);
  } else if constexpr (shape == detail::shape::growing) {
    detail::bcast_growing(state, value, at.root, where);
  } else {
    buffer<std::byte> packed;
    if (state.rank == at.root) packed = serial::pack(value);
    detail::bcast_growing(state, packed, at.root, where);
    if (state.rank != at.root)
      serial::unpack_received({packed.data(), packed.size()}, value, "bcast", state.rank, where);
  }
}

template <class T>
requires(!std::is_lvalue_reference_v<T>) auto collective_operations::bcast(T&& value, rooted at,
                                                                           call_site where) const {
  auto kept = std::forward<T>(value);
  bcast(kept, at, where);
  return kept;
}

}  // namespace cohort
