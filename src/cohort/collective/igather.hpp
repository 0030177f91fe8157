#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/start.hpp>
#include <cohort/collective/detail/start_exchange.hpp>
#include <cohort/collective/scatterv.hpp>

namespace cohort {
namespace detail {

template <class Element>
request<void> start_gather_known(const comm_state& state, const void* mine, std::size_t n, void* all,
                                 counts_view counts, int root, const call_site& where,
                                 std::size_t limit = int_limit) {
  kept_blocks<Element> blocks{state, where, limit};
  blocks.send(static_cast<std::size_t>(root), 0, n);
  if (state.rank == root) blocks.recv_all(counts);
  return std::move(blocks).start(mine, all, root);
}

}  // namespace detail

template <class T, class All>
request<void> icollective_operations::igather_into(T&& mine, All&& all, rooted at, call_site where) const {
  detail::require_borrowed<T, All>();
  detail::require_same_elements<T, All>();
  auto& state = detail::access::state(*this, "igather_into", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<T>>>(
      state, "igather", where, {.root = at.root, .count = detail::same_count(detail::element_count(mine))});
  detail::check_root("igather_into", state, at.root, where);
  const auto out = detail::view_of(mine);
  const auto in = detail::room_of(all);
  if (state.rank == at.root) {
    detail::check_length("igather_into", state, detail::element_count(all),
                         detail::element_count(mine) * static_cast<std::size_t>(state.size), where);
  }
  const detail::wire_count wire{out.count, out.type};
  return compared(request<void>{detail::start(state, "MPI_Igather", where, at.root, [&](MPI_Request* raw) {
    return MPI_Igather(out.data, wire.count(), wire.type(), in.data, wire.count(), wire.type(), at.root, state.comm,
                       raw);
  })});
}

template <class Range, class All>
request<void> icollective_operations::igatherv_into(Range&& mine, All&& all, counts_view counts, rooted at,
                                                    call_site where) const {
  detail::require_borrowed<Range, All>();
  detail::require_same_elements<Range, All>();
  auto& state = detail::access::state(*this, "igatherv_into", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Range>>>(
      state, "igatherv_into", where, {.root = at.root});
  detail::check_root("igatherv_into", state, at.root, where);
  if (state.rank == at.root) {
    detail::check_counts("igatherv_into", state, counts, detail::element_count(all), where);
    detail::check_length("igatherv_into", state, detail::element_count(mine),
                         static_cast<std::size_t>(counts[static_cast<std::size_t>(at.root)]), where);
  }
  return compared(detail::start_gather_known<detail::element_t<std::remove_cvref_t<Range>>>(
      state, detail::view_of(mine).data, detail::element_count(mine), detail::room_of(all).data, counts, at.root,
      where));
}

}  // namespace cohort
