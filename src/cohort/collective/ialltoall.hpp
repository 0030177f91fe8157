#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/equal_blocks.hpp>
#include <cohort/collective/detail/start.hpp>
#include <cohort/collective/detail/start_exchange.hpp>
#include <cohort/collective/scatterv.hpp>

namespace cohort {
namespace detail {

inline pending start_alltoall(const comm_state& state, const view& out, void* to, const call_site& where) {
  const wire_count wire{out.count / static_cast<std::size_t>(state.size), out.type};
  return start(state, "MPI_Ialltoall", where, [&](MPI_Request* raw) {
    return MPI_Ialltoall(out.data, wire.count(), wire.type(), to, wire.count(), wire.type(), state.comm, raw);
  });
}

template <class Element>
request<void> start_exchange_known(const comm_state& state, const void* values, counts_view counts, void* all,
                                   counts_view receive_counts, const call_site& where,
                                   std::size_t limit = int_limit) {
  kept_blocks<Element> blocks{state, where, limit};
  blocks.send_all(counts);
  blocks.recv_all(receive_counts);
  return std::move(blocks).start(values, all);
}

}  // namespace detail

template <class Range>
auto icollective_operations::ialltoall(Range&& values, call_site where) const {
  static_assert(plain_range<std::remove_cvref_t<Range>>, "cohort: ialltoall takes a range of plain elements");
  detail::require_borrowed<Range>();
  using Element = detail::element_t<std::remove_cvref_t<Range>>;
  auto& state = detail::access::state(*this, "ialltoall", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Range>>>(
      state, "ialltoall", where, {.count = detail::same_count(std::ranges::size(values))});
  (void)detail::equal_blocks("ialltoall", state, std::ranges::size(values), where);
  return compared(request<buffer<Element>>{buffer<Element>(std::ranges::size(values)), [&](buffer<Element>& all) {
                                             return detail::start_alltoall(state, detail::view_of(values),
                                                                           all.data(), where);
                                           }});
}

template <class Range, class All>
request<void> icollective_operations::ialltoall_into(Range&& values, All&& all, call_site where) const {
  static_assert(plain_range<std::remove_cvref_t<Range>>, "cohort: ialltoall_into takes a range of plain elements");
  detail::require_borrowed<Range, All>();
  detail::require_same_elements<Range, All>();
  auto& state = detail::access::state(*this, "ialltoall_into", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Range>>>(
      state, "ialltoall", where, {.count = detail::same_count(std::ranges::size(values))});
  (void)detail::equal_blocks("ialltoall_into", state, std::ranges::size(values), where);
  detail::check_length("ialltoall_into", state, detail::element_count(all), std::ranges::size(values), where);
  return compared(
      request<void>{detail::start_alltoall(state, detail::view_of(values), detail::room_of(all).data, where)});
}

template <class Range, class All>
request<void> icollective_operations::ialltoallv_into(Range&& values, counts_view counts, All&& all,
                                                      counts_view receive_counts, call_site where) const {
  detail::require_borrowed<Range, All>();
  detail::require_same_elements<Range, All>();
  auto& state = detail::access::state(*this, "ialltoallv_into", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Range>>>(
      state, "ialltoallv_into", where);
  detail::check_counts("ialltoallv_into", state, counts, detail::element_count(values), where);
  detail::check_counts("ialltoallv_into", state, receive_counts, detail::element_count(all), where);
  const auto self = static_cast<std::size_t>(state.rank);
  detail::check_length("ialltoallv_into", state, static_cast<std::size_t>(counts[self]),
                       static_cast<std::size_t>(receive_counts[self]), where);
  return compared(detail::start_exchange_known<detail::element_t<std::remove_cvref_t<Range>>>(
      state, detail::view_of(values).data, counts, detail::room_of(all).data, receive_counts, where));
}

}  // namespace cohort
