#pragma once

#include <cohort/collective/detail/equal_blocks.hpp>
#include <cohort/collective/detail/start_reduction.hpp>
#include <cohort/collective/scatterv.hpp>

namespace cohort {
namespace detail {

template <class Reduction>
pending start_reduce_scatter(const comm_state& state, const void* from, void* to, std::size_t each,
                             const call_site& where, std::size_t limit = int_limit) {
  limit /= static_cast<std::size_t>(state.size);  // Open MPI adds them up in an int
  return in_one_call<Reduction>(each, limit, [&](int count, MPI_Datatype type, MPI_Op op) {
    return start(state, "MPI_Ireduce_scatter_block", where, [&](MPI_Request* raw) {
      return MPI_Ireduce_scatter_block(from, to, count, type, op, state.comm, raw);
    });
  });
}

template <class Range>
constexpr void require_reduce_scatter() {
  static_assert(plain_range<std::remove_cvref_t<Range>>, "cohort: ireduce_scatter takes a range of plain elements");
  require_borrowed<Range>();
}

}  // namespace detail

template <class Range, class Op>
auto icollective_operations::ireduce_scatter(Range&& values, Op, call_site where) const {
  detail::require_reduce_scatter<Range>();
  using Element = detail::element_t<std::remove_cvref_t<Range>>;
  using Reduction = detail::reduction<Op, Element>;
  const auto& state = detail::access::state(*this, "ireduce_scatter", where);
  const auto each = detail::equal_blocks("ireduce_scatter", state, std::ranges::size(values), where);
  return request<buffer<Element>>{buffer<Element>(each), [&](buffer<Element>& part) {
                                    return detail::start_reduce_scatter<Reduction>(
                                        state, detail::view_of(values).data, part.data(), each, where);
                                  }};
}

template <class Range, class Part, class Op>
request<void> icollective_operations::ireduce_scatter_into(Range&& values, Part&& part, Op, call_site where) const {
  detail::require_reduce_scatter<Range>();
  detail::require_reduction_into<Range, Part>();
  using Reduction = detail::reduction<Op, detail::element_t<std::remove_cvref_t<Range>>>;
  const auto& state = detail::access::state(*this, "ireduce_scatter", where);
  const auto each = detail::equal_blocks("ireduce_scatter", state, std::ranges::size(values), where);
  detail::check_length("ireduce_scatter", state, detail::element_count(part), each, where);
  return request<void>{detail::start_reduce_scatter<Reduction>(state, detail::view_of(values).data,
                                                               detail::room_of(part).data, each, where)};
}

template <class Range, class Part, class Op>
request<void> icollective_operations::ireduce_scatter_into(Range&& values, counts_view counts, Part&& part, Op,
                                                           call_site where) const {
  detail::require_reduce_scatter<Range>();
  detail::require_reduction_into<Range, Part>();
  using Reduction = detail::reduction<Op, detail::element_t<std::remove_cvref_t<Range>>>;
  const auto& state = detail::access::state(*this, "ireduce_scatter", where);
  detail::check_counts("ireduce_scatter", state, counts, std::ranges::size(values), where);
  detail::check_length("ireduce_scatter", state, detail::element_count(part),
                       static_cast<std::size_t>(counts[static_cast<std::size_t>(state.rank)]), where);
  (void)detail::narrow_count(counts.total(), "MPI_Ireduce_scatter");  // the same on every rank
  detail::kept_layouts keep(counts.size(), 1);
  const int* const kept = keep.add(counts, 1, "MPI_Ireduce_scatter").counts;
  auto started = detail::start(state, "MPI_Ireduce_scatter", where, [&](MPI_Request* raw) {
    return MPI_Ireduce_scatter(detail::view_of(values).data, detail::room_of(part).data, kept, Reduction::type(),
                               Reduction::op(), state.comm, raw);
  });
  return request<void>{std::move(started), std::move(keep).release()};
}

}  // namespace cohort
