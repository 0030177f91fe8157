#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/equal_blocks.hpp>
#include <cohort/collective/detail/reduction.hpp>
#include <cohort/collective/scatterv.hpp>

#include <cstring>
#include <vector>

namespace cohort {
namespace detail {

/// Beyond the limit each block is reduced to its rank in calls of its own.
template <class Reduction>
void reduce_scatter_apart(const comm_state& state, const void* from, void* to, counts_view counts,
                          const call_site& where, std::size_t limit) {
  using Element = typename reduced<Reduction>::type;
  const bool in_place = from == MPI_IN_PLACE;
  const auto* block = static_cast<const Element*>(in_place ? to : from);
  const Element* mine = block;
  for (int r = 0; r != state.size; ++r) {
    const auto n = counts[static_cast<std::size_t>(r)];
    if (r != state.rank) {
      reduce_pieces<Reduction>(state, block, nullptr, n, r, where, limit);
    } else if (in_place) {
      mine = block;
      reduce_pieces<Reduction>(state, MPI_IN_PLACE, const_cast<Element*>(block), n, r, where, limit);
    } else {
      reduce_pieces<Reduction>(state, block, to, n, r, where, limit);
    }
    block += n;
  }
  const auto own = counts[static_cast<std::size_t>(state.rank)];
  if (in_place && own != 0) std::memmove(to, static_cast<const void*>(mine), own * sizeof(Element));
}

/// What the forms of reduce_scatter have in common: one MPI_Reduce_scatter_block of `each` elements per rank. The
/// limit is on all of them together, which Open MPI adds up in an int. @{
template <class Reduction>
void reduce_scatter_blocks(const comm_state& state, const void* from, void* to, std::size_t each,
                           const call_site& where, std::size_t limit = int_limit) {
  const auto ranks = static_cast<std::size_t>(state.size);
  if (each > limit / ranks) {
    return reduce_scatter_apart<Reduction>(state, from, to, std::vector<std::size_t>(ranks, each), where, limit);
  }
  check(MPI_Reduce_scatter_block(from, to, static_cast<int>(each), Reduction::type(), Reduction::op(), state.comm),
        "MPI_Reduce_scatter_block", state, where, mpi_error::context::absent, mpi_error::context::absent, each);
}
/// Or one MPI_Reduce_scatter of counts[r] elements for rank r.
template <class Reduction>
void reduce_scatter_counts(const comm_state& state, const void* from, void* to, std::span<const int> counts,
                           const call_site& where, std::size_t limit = int_limit) {
  if (const counts_view all{counts}; all.total() > limit) {
    return reduce_scatter_apart<Reduction>(state, from, to, all, where, limit);
  }
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
  const auto busy = detail::agree<check_level, Element, Op>(
      state, "reduce_scatter", where, {.count = detail::same_count(std::ranges::size(values))});
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
  const auto busy = detail::agree<check_level, Element, Op>(
      state, "reduce_scatter", where, {.count = detail::same_count(std::ranges::size(values))});
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
  const auto busy = detail::agree<check_level, Element, Op>(
      state, "reduce_scatter (counts)", where, {.count = detail::same_count(std::ranges::size(values))});
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
  const auto busy = detail::agree<check_level, Element, Op>(
      state, "reduce_scatter (counts)", where, {.count = detail::same_count(std::ranges::size(values))});
  detail::check_counts("reduce_scatter", state, counts, std::ranges::size(values), where);
  detail::reduce_scatter_counts<detail::reduction<Op, Element>>(state, MPI_IN_PLACE, detail::room_of(values).data,
                                                                counts, where);
}

}  // namespace cohort
