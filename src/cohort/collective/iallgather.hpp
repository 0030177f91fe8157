#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/start.hpp>
#include <cohort/collective/detail/start_exchange.hpp>
#include <cohort/collective/scatterv.hpp>

#include <cstring>

namespace cohort {
namespace detail {

/// One MPI_Iallgatherv, or if the blocks are too long for it together, which all ranks see, one MPI_Ialltoallw.
template <class Element>
request<void> start_allgather_known(const comm_state& state, const void* mine, void* all, counts_view counts,
                                    const call_site& where, std::size_t limit = int_limit) {
  using Type = datatype<Element>;
  const auto n = counts[static_cast<std::size_t>(state.rank)];
  if (counts.total() * Type::per_element > limit) {
    kept_blocks<Element> blocks{state, where, limit};
    for (std::size_t r = 0; r != counts.size(); ++r) blocks.send(r, 0, n);
    blocks.recv_all(counts);
    return std::move(blocks).start(mine, all);
  }
  kept_layouts keep(counts.size(), 1);
  const auto lie = keep.add(counts, Type::per_element, "MPI_Iallgatherv");
  auto started = start(state, "MPI_Iallgatherv", where, [&](MPI_Request* raw) {
    return MPI_Iallgatherv(mine, static_cast<int>(n * Type::per_element), Type::type(), all, lie.counts,
                           lie.offsets, Type::type(), state.comm, raw);
  });
  return request<void>{std::move(started), std::move(keep).release()};
}

}  // namespace detail

template <class T>
auto icollective_operations::iallgather(T&& mine, call_site where) const {
  using Bare = std::remove_cvref_t<T>;
  using Element = detail::element_t<Bare>;
  constexpr bool value = detail::shape_of<Bare> == detail::shape::value;
  if constexpr (!value) detail::require_borrowed<T>();
  auto& state = detail::access::state(*this, "iallgather", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<T>>>(
      state, "iallgather", where, {.count = detail::same_count(detail::element_count(mine))});
  const auto each = detail::element_count(mine);
  buffer<Element> room(each * static_cast<std::size_t>(state.size));
  // A value is put in its place at once, so that nobody has to keep it.
  if constexpr (value) room[static_cast<std::size_t>(state.rank)] = mine;
  return compared(
      request<buffer<Element>>{std::move(room), [&](buffer<Element>& all) {
                                 const auto out = detail::view_of(mine);
                                 const detail::wire_count wire{out.count, out.type};
                                 return detail::start(state, "MPI_Iallgather", where, [&](MPI_Request* raw) {
                                   return MPI_Iallgather(value ? MPI_IN_PLACE : out.data, wire.count(), wire.type(),
                                                         all.data(), wire.count(), wire.type(), state.comm, raw);
                                 });
                               }});
}

template <class T, class All>
request<void> icollective_operations::iallgather_into(T&& mine, All&& all, call_site where) const {
  detail::require_borrowed<T, All>();
  detail::require_same_elements<T, All>();
  auto& state = detail::access::state(*this, "iallgather_into", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<T>>>(
      state, "iallgather", where, {.count = detail::same_count(detail::element_count(mine))});
  const auto out = detail::view_of(mine);
  const auto in = detail::room_of(all);
  detail::check_length("iallgather_into", state, detail::element_count(all),
                       detail::element_count(mine) * static_cast<std::size_t>(state.size), where);
  const detail::wire_count wire{out.count, out.type};
  return compared(request<void>{detail::start(state, "MPI_Iallgather", where, [&](MPI_Request* raw) {
    return MPI_Iallgather(out.data, wire.count(), wire.type(), in.data, wire.count(), wire.type(), state.comm, raw);
  })});
}

template <class Range, class All>
request<void> icollective_operations::iallgatherv_into(Range&& mine, All&& all, counts_view counts,
                                                       call_site where) const {
  detail::require_borrowed<Range, All>();
  detail::require_same_elements<Range, All>();
  auto& state = detail::access::state(*this, "iallgatherv_into", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Range>>>(
      state, "iallgatherv_into", where);
  detail::check_counts("iallgatherv_into", state, counts, detail::element_count(all), where);
  detail::check_length("iallgatherv_into", state, detail::element_count(mine),
                       static_cast<std::size_t>(counts[static_cast<std::size_t>(state.rank)]), where);
  return compared(detail::start_allgather_known<detail::element_t<std::remove_cvref_t<Range>>>(
      state, detail::view_of(mine).data, detail::room_of(all).data, counts, where));
}

}  // namespace cohort
