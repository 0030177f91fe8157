#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/start.hpp>
#include <cohort/collective/detail/start_exchange.hpp>
#include <cohort/collective/scatterv.hpp>

namespace cohort {
namespace detail {

template <class Element>
request<void> start_scatter_known(const comm_state& state, const void* whole, counts_view counts, void* part,
                                  std::size_t n, int root, const call_site& where, std::size_t limit = int_limit) {
  kept_blocks<Element> blocks{state, where, limit};
  if (state.rank == root) blocks.send_all(counts);
  blocks.recv(static_cast<std::size_t>(root), 0, n);
  return std::move(blocks).start(whole, part, root);
}

}  // namespace detail

template <class Range, class Part>
request<void> icollective_operations::iscatter_into(Range&& whole, Part&& part, rooted at, call_site where) const {
  detail::require_borrowed<Range, Part>();
  detail::require_same_elements<Range, Part>();
  auto& state = detail::access::state(*this, "iscatter_into", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Part>>>(
      state, "iscatter", where, {.root = at.root, .count = detail::same_count(detail::element_count(part))});
  detail::check_root("iscatter_into", state, at.root, where);
  const auto mine = detail::room_of(part);
  const auto all = detail::view_of(whole);
  if (state.rank == at.root) {
    detail::check_length("iscatter_into", state, detail::element_count(whole),
                         detail::element_count(part) * static_cast<std::size_t>(state.size), where);
  }
  const detail::wire_count wire{mine.count, mine.type};
  return compared(request<void>{detail::start(state, "MPI_Iscatter", where, at.root, [&](MPI_Request* raw) {
    return MPI_Iscatter(all.data, wire.count(), wire.type(), mine.data, wire.count(), wire.type(), at.root,
                        state.comm, raw);
  })});
}

template <class Range, class Part>
request<void> icollective_operations::iscatterv_into(Range&& whole, counts_view counts, Part&& part, rooted at,
                                                     call_site where) const {
  detail::require_borrowed<Range, Part>();
  detail::require_same_elements<Range, Part>();
  auto& state = detail::access::state(*this, "iscatterv_into", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Part>>>(
      state, "iscatterv_into", where, {.root = at.root});
  detail::check_root("iscatterv_into", state, at.root, where);
  if (state.rank == at.root) {
    detail::check_counts("iscatterv_into", state, counts, std::ranges::size(whole), where);
    detail::check_length("iscatterv_into", state, detail::element_count(part),
                         static_cast<std::size_t>(counts[static_cast<std::size_t>(at.root)]), where);
  }
  return compared(detail::start_scatter_known<detail::element_t<std::remove_cvref_t<Range>>>(
      state, detail::view_of(whole).data, counts, detail::room_of(part).data, detail::element_count(part), at.root,
      where));
}

}  // namespace cohort
