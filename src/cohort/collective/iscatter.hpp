#pragma once

#include <cohort/collective/detail/start.hpp>
#include <cohort/collective/scatterv.hpp>

namespace cohort {

template <class Range, class Part>
request<void> icollective_operations::iscatter_into(Range&& whole, Part&& part, rooted at, call_site where) const {
  detail::require_borrowed<Range, Part>();
  detail::require_same_elements<Range, Part>();
  const auto& state = detail::access::state(*this, "iscatter_into", where);
  detail::check_root("iscatter_into", state, at.root, where);
  const auto mine = detail::room_of(part);
  const auto all = detail::view_of(whole);
  if (state.rank == at.root) {
    detail::check_length("iscatter_into", state, detail::element_count(whole),
                         detail::element_count(part) * static_cast<std::size_t>(state.size), where);
  }
  const detail::wire_count wire{mine.count, mine.type};
  return request<void>{detail::start(state, "MPI_Iscatter", where, at.root, [&](MPI_Request* raw) {
    return MPI_Iscatter(all.data, wire.count(), wire.type(), mine.data, wire.count(), wire.type(), at.root,
                        state.comm, raw);
  })};
}

template <class Range, class Part>
request<void> icollective_operations::iscatterv_into(Range&& whole, counts_view counts, Part&& part, rooted at,
                                                     call_site where) const {
  detail::require_borrowed<Range, Part>();
  detail::require_same_elements<Range, Part>();
  using Type = datatype<detail::element_t<std::remove_cvref_t<Range>>>;
  const auto& state = detail::access::state(*this, "iscatterv_into", where);
  detail::check_root("iscatterv_into", state, at.root, where);
  const bool root = state.rank == at.root;
  if (root) {
    detail::check_counts("iscatterv_into", state, counts, std::ranges::size(whole), where);
    detail::check_length("iscatterv_into", state, detail::element_count(part),
                         static_cast<std::size_t>(counts[static_cast<std::size_t>(at.root)]), where);
  }
  const auto blocks = detail::counts_on(root, counts);
  detail::kept_layouts keep(blocks.size(), 1);
  const auto lie = keep.add(blocks, Type::per_element, "MPI_Iscatterv");
  const auto mine = detail::room_of(part);
  const int count = detail::narrow_count(mine.count, "MPI_Iscatterv");
  auto started = detail::start(state, "MPI_Iscatterv", where, at.root, [&](MPI_Request* raw) {
    return MPI_Iscatterv(detail::view_of(whole).data, lie.counts, lie.offsets, Type::type(), mine.data, count,
                         Type::type(), at.root, state.comm, raw);
  });
  return request<void>{std::move(started), std::move(keep).release()};
}

}  // namespace cohort
