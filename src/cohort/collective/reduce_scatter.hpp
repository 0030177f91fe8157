#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/equal_blocks.hpp>
#include <cohort/collective/detail/reduction.hpp>
#include <cohort/collective/scatterv.hpp>

namespace cohort {
namespace detail {

/// What the forms of reduce_scatter have in common: one MPI_Reduce_scatter_block of `each` elements per rank. @{
template <class Reduction>
void reduce_scatter_blocks(const comm_state& state, const void* from, void* to, std::size_t each,
                           const call_site& where) {
  check(MPI_Reduce_scatter_block(from, to, narrow_count(each, "reduce_scatter"), Reduction::type(), Reduction::op(),
                                 state.comm),
        "MPI_Reduce_scatter_block", state, where, mpi_error::context::absent, mpi_error::context::absent, each);
}
/// Or one MPI_Reduce_scatter of counts[r] elements for rank r.
template <class Reduction>
void reduce_scatter_counts(const comm_state& state, const void* from, void* to, std::span<const int> counts,
                           const call_site& where) {
  check(MPI_Reduce_scatter(from, to, counts.data(), Reduction::type(), Reduction::op(), state.comm),
        "MPI_Reduce_scatter", state, where);
}
/// @}

template <class Range>
constexpr void require_reducible_range() {
  static_assert(plain_range<const Range>, "cohort: reduce_scatter takes a range of plain elements");
}

}  // namespace detail

template <class Range, class Part, class Op>
void collective_operations::reduce_scatter_into(const Range& values, Part&& part, Op, call_site where) const {
  detail::require_reducible_range<Range>();
  using Element = detail::element_t<Range>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<Part>>>,
                "cohort: both sides must hold the same element type");
  auto& state = detail::access::state(*this, "reduce_scatter", where);
  detail::agree<check_level, Element, Op>(state, "reduce_scatter", where,
                                          {.count = detail::same_count(std::ranges::size(values))});
  const auto each = detail::equal_blocks("reduce_scatter", state, std::ranges::size(values), where);
  detail::check_length("reduce_scatter", state, detail::element_count(part), each, where);
  detail::reduce_scatter_blocks<detail::reduction<Op, Element>>(state, detail::view_of(values).data,
                                                                detail::room_of(part).data, each, where);
}

template <class Range, class Op>
auto collective_operations::reduce_scatter(const Range& values, Op op, call_site where) const {
  detail::require_reducible_range<Range>();
  const auto& state = detail::access::state(*this, "reduce_scatter", where);
  buffer<detail::element_t<Range>> part(
      detail::equal_blocks("reduce_scatter", state, std::ranges::size(values), where));
  reduce_scatter_into(values, part, op, where);
  return part;
}

template <class Range, class Op>
void collective_operations::reduce_scatter_in_place(Range&& values, Op, call_site where) const {
  detail::require_reducible_range<std::remove_cvref_t<Range>>();
  using Element = detail::element_t<std::remove_cvref_t<Range>>;
  auto& state = detail::access::state(*this, "reduce_scatter", where);
  detail::agree<check_level, Element, Op>(state, "reduce_scatter", where,
                                          {.count = detail::same_count(std::ranges::size(values))});
  const auto each = detail::equal_blocks("reduce_scatter", state, std::ranges::size(values), where);
  detail::reduce_scatter_blocks<detail::reduction<Op, Element>>(state, MPI_IN_PLACE, detail::room_of(values).data,
                                                                each, where);
}

template <class Range, class Part, class Op>
void collective_operations::reduce_scatter_into(const Range& values, std::span<const int> counts, Part&& part, Op,
                                                call_site where) const {
  detail::require_reducible_range<Range>();
  using Element = detail::element_t<Range>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<Part>>>,
                "cohort: both sides must hold the same element type");
  auto& state = detail::access::state(*this, "reduce_scatter", where);
  detail::agree<check_level, Element, Op>(state, "reduce_scatter (counts)", where,
                                          {.count = detail::same_count(std::ranges::size(values))});
  detail::check_counts("reduce_scatter", state, counts, std::ranges::size(values), where);
  detail::check_length("reduce_scatter", state, detail::element_count(part),
                       static_cast<std::size_t>(counts[static_cast<std::size_t>(state.rank)]), where);
  detail::reduce_scatter_counts<detail::reduction<Op, Element>>(state, detail::view_of(values).data,
                                                                detail::room_of(part).data, counts, where);
}

template <class Range, class Op>
auto collective_operations::reduce_scatter(const Range& values, std::span<const int> counts, Op op,
                                           call_site where) const {
  detail::require_reducible_range<Range>();
  const auto& state = detail::access::state(*this, "reduce_scatter", where);
  detail::check_counts("reduce_scatter", state, counts, std::ranges::size(values), where);
  buffer<detail::element_t<Range>> part(static_cast<std::size_t>(counts[static_cast<std::size_t>(state.rank)]));
  reduce_scatter_into(values, counts, part, op, where);
  return part;
}

template <class Range, class Op>
void collective_operations::reduce_scatter_in_place(Range&& values, std::span<const int> counts, Op,
                                                    call_site where) const {
  detail::require_reducible_range<std::remove_cvref_t<Range>>();
  using Element = detail::element_t<std::remove_cvref_t<Range>>;
  auto& state = detail::access::state(*this, "reduce_scatter", where);
  detail::agree<check_level, Element, Op>(state, "reduce_scatter (counts)", where,
                                          {.count = detail::same_count(std::ranges::size(values))});
  detail::check_counts("reduce_scatter", state, counts, std::ranges::size(values), where);
  detail::reduce_scatter_counts<detail::reduction<Op, Element>>(state, MPI_IN_PLACE, detail::room_of(values).data,
                                                                counts, where);
}

}  // namespace cohort
