#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/equal_blocks.hpp>
#include <cohort/collective/detail/late_reduction.hpp>
#include <cohort/collective/detail/start_exchange.hpp>
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

/// Beyond the limit, on the number of all elements, one MPI_Ialltoallw brings each rank its block of everybody's: a
/// request is one call, and neither MPI_Ireduce_scatter's counts nor a type of many elements can say uneven blocks
/// of that size.
template <class Reduction>
request<void> start_reduce_scatter_counts(const comm_state& state, const void* from, void* to, counts_view counts,
                                          const call_site& where, std::size_t limit = int_limit) {
  if (counts.total() > limit) [[unlikely]] {
    const std::size_t own = counts[static_cast<std::size_t>(state.rank)];
    auto later = std::make_unique<late_reduction<Reduction>>(counts.size(), own, to, limit);
    void* const room = later->room();
    kept_blocks<typename reduced<Reduction>::type> blocks{state, where, limit, std::move(later)};
    blocks.send_all(counts);
    for (std::size_t r = 0; r != counts.size(); ++r) blocks.recv(r, r * own, own);
    return std::move(blocks).start(from, room);
  }
  kept_layouts keep(counts.size(), 1);
  const int* const kept = keep.add(counts, 1, "MPI_Ireduce_scatter").counts;
  auto started = start(state, "MPI_Ireduce_scatter", where, [&](MPI_Request* raw) {
    return MPI_Ireduce_scatter(from, to, kept, Reduction::type(), Reduction::op(), state.comm, raw);
  });
  return request<void>{std::move(started), std::move(keep).release()};
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
  auto& state = detail::access::state(*this, "ireduce_scatter", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Range>>, Op>(
      state, "ireduce_scatter", where, {.count = detail::same_count(std::ranges::size(values))});
  const auto each = detail::equal_blocks("ireduce_scatter", state, std::ranges::size(values), where);
  return compared(request<buffer<Element>>{buffer<Element>(each), [&](buffer<Element>& part) {
                                             return detail::start_reduce_scatter<Reduction>(
                                                 state, detail::view_of(values).data, part.data(), each, where);
                                           }});
}

template <class Range, class Part, class Op>
request<void> icollective_operations::ireduce_scatter_into(Range&& values, Part&& part, Op, call_site where) const {
  detail::require_reduce_scatter<Range>();
  detail::require_reduction_into<Range, Part>();
  using Reduction = detail::reduction<Op, detail::element_t<std::remove_cvref_t<Range>>>;
  auto& state = detail::access::state(*this, "ireduce_scatter", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Range>>, Op>(
      state, "ireduce_scatter", where, {.count = detail::same_count(std::ranges::size(values))});
  const auto each = detail::equal_blocks("ireduce_scatter", state, std::ranges::size(values), where);
  detail::check_length("ireduce_scatter", state, detail::element_count(part), each, where);
  return compared(request<void>{detail::start_reduce_scatter<Reduction>(state, detail::view_of(values).data,
                                                                        detail::room_of(part).data, each, where)});
}

template <class Range, class Part, class Op>
request<void> icollective_operations::ireduce_scatter_into(Range&& values, counts_view counts, Part&& part, Op,
                                                           call_site where) const {
  detail::require_reduce_scatter<Range>();
  detail::require_reduction_into<Range, Part>();
  using Reduction = detail::reduction<Op, detail::element_t<std::remove_cvref_t<Range>>>;
  auto& state = detail::access::state(*this, "ireduce_scatter", where);
  auto compared = detail::compare_later<check_level, detail::element_t<std::remove_cvref_t<Range>>, Op>(
      state, "ireduce_scatter (counts)", where, {.count = detail::same_count(std::ranges::size(values))});
  detail::check_counts("ireduce_scatter", state, counts, std::ranges::size(values), where);
  detail::check_length("ireduce_scatter", state, detail::element_count(part),
                       static_cast<std::size_t>(counts[static_cast<std::size_t>(state.rank)]), where);
  return compared(detail::start_reduce_scatter_counts<Reduction>(state, detail::view_of(values).data,
                                                                 detail::room_of(part).data, counts, where));
}

}  // namespace cohort
