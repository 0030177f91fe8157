#pragma once

#include <cohort/collective/detail/start.hpp>
#include <cohort/collective/scatterv.hpp>

namespace cohort {

template <class T, class All>
request<void> icollective_operations::igather_into(T&& mine, All&& all, rooted at, call_site where) const {
  detail::require_borrowed<T, All>();
  detail::require_same_elements<T, All>();
  const auto& state = detail::access::state(*this, "igather_into", where);
  detail::check_root("igather_into", state, at.root, where);
  const auto out = detail::view_of(mine);
  const auto in = detail::room_of(all);
  if (state.rank == at.root) {
    detail::check_length("igather_into", state, detail::element_count(all),
                         detail::element_count(mine) * static_cast<std::size_t>(state.size), where);
  }
  const detail::wire_count wire{out.count, out.type};
  return request<void>{detail::start(state, "MPI_Igather", where, at.root, [&](MPI_Request* raw) {
    return MPI_Igather(out.data, wire.count(), wire.type(), in.data, wire.count(), wire.type(), at.root, state.comm,
                       raw);
  })};
}

template <class Range, class All>
request<void> icollective_operations::igatherv_into(Range&& mine, All&& all, counts_view counts, rooted at,
                                                    call_site where) const {
  detail::require_borrowed<Range, All>();
  detail::require_same_elements<Range, All>();
  using Type = datatype<detail::element_t<std::remove_cvref_t<Range>>>;
  const auto& state = detail::access::state(*this, "igatherv_into", where);
  detail::check_root("igatherv_into", state, at.root, where);
  const bool root = state.rank == at.root;
  if (root) {
    detail::check_counts("igatherv_into", state, counts, detail::element_count(all), where);
    detail::check_length("igatherv_into", state, detail::element_count(mine),
                         static_cast<std::size_t>(counts[static_cast<std::size_t>(at.root)]), where);
  }
  const auto blocks = detail::counts_on(root, counts);
  detail::kept_layouts keep(blocks.size(), 1);
  const auto lie = keep.add(blocks, Type::per_element, "MPI_Igatherv");
  const auto out = detail::view_of(mine);
  const int count = detail::narrow_count(out.count, "MPI_Igatherv");
  auto started = detail::start(state, "MPI_Igatherv", where, at.root, [&](MPI_Request* raw) {
    return MPI_Igatherv(out.data, count, Type::type(), detail::room_of(all).data, lie.counts, lie.offsets,
                        Type::type(), at.root, state.comm, raw);
  });
  return request<void>{std::move(started), std::move(keep).release()};
}

}  // namespace cohort
