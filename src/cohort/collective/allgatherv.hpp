#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/collected.hpp>
#include <cohort/collective/detail/rider.hpp>
#include <cohort/collective/scatterv.hpp>
#include <cohort/core/communicator.hpp>

#include <algorithm>

namespace cohort {
namespace detail {

/// Joins contributions of unknown length on every rank: one MPI_Allgather if all are short, else an MPI_Allgatherv
/// too.
template <class Element>
gathered<Element> allgather_unknown(const comm_state& state, const Element* mine, std::size_t n,
                                    const call_site& where) {
  using Type = datatype<Element>;
  rider head;
  head.length = static_cast<std::uint64_t>(narrow_count(n, "allgatherv"));
  head.load(mine, n * sizeof(Element));
  buffer<rider> heads(static_cast<std::size_t>(state.size));
  check(MPI_Allgather(&head, rider_bytes, MPI_BYTE, heads.data(), rider_bytes, MPI_BYTE, state.comm),
        "MPI_Allgather", state, where);
  gathered<Element> result;
  result.counts.reserve(heads.size());
  std::size_t longest = 0;
  for (const auto& h : heads) {
    result.counts.push_back(static_cast<int>(h.length));
    longest = std::max(longest, static_cast<std::size_t>(h.length));
  }
  result.values = buffer<Element>(total(result.counts));
  if (longest * sizeof(Element) > rider::capacity) {
    const layout blocks{result.counts, Type::per_element, "MPI_Allgatherv"};
    check(
        MPI_Allgatherv(mine, narrow_count(n * Type::per_element, "MPI_Allgatherv"), Type::type(),
                       result.values.data(), blocks.counts.data(), blocks.offsets.data(), Type::type(), state.comm),
        "MPI_Allgatherv", state, where);
    return result;
  }
  Element* at = result.values.data();
  for (const auto& h : heads) {
    const auto count = static_cast<std::size_t>(h.length);
    if (count != 0) std::memcpy(static_cast<void*>(at), h.data.data(), count * sizeof(Element));
    at += count;
  }
  return result;
}

}  // namespace detail

template <class Range>
auto collective_operations::allgatherv(const Range& mine, call_site where) const {
  static_assert(plain_range<const Range>,
                "cohort: allgatherv joins plain elements; allgather takes serialised ones");
  auto& state = detail::access::state(*this, "allgatherv", where);
  detail::agree<check_level, detail::element_t<Range>>(state, "allgatherv", where);
  return detail::allgather_unknown(state, std::ranges::data(mine), std::ranges::size(mine), where);
}

template <class Range, class All>
void collective_operations::allgatherv_into(const Range& mine, All&& all, std::span<const int> counts,
                                            call_site where) const {
  using Element = detail::element_t<Range>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both ranges must hold the same element type");
  using Type = datatype<Element>;
  auto& state = detail::access::state(*this, "allgatherv_into", where);
  detail::agree<check_level, detail::element_t<Range>>(state, "allgatherv_into", where);
  detail::check_counts("allgatherv_into", state, counts, std::ranges::size(all), where);
  const auto out = detail::view_of(mine);
  detail::check_length("allgatherv_into", state, std::ranges::size(mine),
                       static_cast<std::size_t>(counts[static_cast<std::size_t>(state.rank)]), where);
  const detail::layout blocks{counts, Type::per_element, "MPI_Allgatherv"};
  detail::check(MPI_Allgatherv(out.data, detail::narrow_count(out.count, "MPI_Allgatherv"), out.type,
                               detail::room_of(all).data, blocks.counts.data(), blocks.offsets.data(), Type::type(),
                               state.comm),
                "MPI_Allgatherv", state, where);
}

}  // namespace cohort
