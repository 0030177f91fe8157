#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/collected.hpp>
#include <cohort/collective/detail/layout.hpp>
#include <cohort/collective/detail/rider.hpp>
#include <cohort/collective/detail/transfers.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>

#include <algorithm>

namespace cohort {
namespace detail {

/// Joins contributions on every rank, which knows all lengths: one MPI_Allgatherv, or if they are too long for it
/// together, a message from everybody to everybody.
template <class Element>
void allgather_known(comm_state& state, const Element* mine, std::size_t n, Element* all, counts_view counts,
                     const call_site& where, std::size_t limit = int_limit) {
  using Type = datatype<Element>;
  if (counts.total() * Type::per_element <= limit) {
    const layout blocks{counts, Type::per_element};
    check(MPI_Allgatherv(mine, static_cast<int>(n * Type::per_element), Type::type(), all, blocks.counts.data(),
                         blocks.offsets.data(), Type::type(), state.comm),
          "MPI_Allgatherv", state, where);
    return;
  }
  transfers messages{state.shadow(), state, where};
  for (int r = 0; r != state.size; ++r) {
    const auto count = counts[static_cast<std::size_t>(r)];
    if (r == state.rank) {
      copy_elements(all, mine, count);
    } else if (count != 0) {
      messages.recv(all, count, r);
    }
    all += count;
  }
  for (int i = 1; n != 0 && i != state.size; ++i) messages.send(mine, n, (state.rank + i) % state.size);
  messages.wait();
}

/// Joins contributions of unknown length on every rank: one MPI_Allgather if all are short, else what follows when
/// they are known.
template <class Element>
gathered<Element> allgather_unknown(comm_state& state, const Element* mine, std::size_t n, const call_site& where,
                                    std::size_t limit = int_limit) {
  rider head;
  head.length = n;
  head.load(mine, n * sizeof(Element));
  buffer<rider> heads(static_cast<std::size_t>(state.size));
  check(MPI_Allgather(&head, rider_bytes, MPI_BYTE, heads.data(), rider_bytes, MPI_BYTE, state.comm),
        "MPI_Allgather", state, where);
  gathered<Element> result;
  result.counts.reserve(heads.size());
  std::size_t longest = 0;
  for (const auto& h : heads) {
    result.counts.push_back(static_cast<std::size_t>(h.length));
    longest = std::max(longest, static_cast<std::size_t>(h.length));
  }
  result.values = buffer<Element>(counts_view{result.counts}.total());
  if (longest * sizeof(Element) > rider::capacity) {
    allgather_known(state, mine, n, result.values.data(), result.counts, where, limit);
    return result;
  }
  Element* at = result.values.data();
  for (const auto& h : heads) {
    copy_elements(at, h.data.data(), static_cast<std::size_t>(h.length));
    at += h.length;
  }
  return result;
}

}  // namespace detail

template <class Range>
auto collective_operations::allgatherv(const Range& mine, call_site where) const {
  static_assert(plain_range<const Range>,
                "cohort: allgatherv joins plain elements; allgather takes serialised ones");
  auto& state = detail::access::state(*this, "allgatherv", where);
  const auto busy = detail::agree<check_level, detail::element_t<Range>>(state, "allgatherv", where);
  return detail::allgather_unknown(state, std::ranges::data(mine), std::ranges::size(mine), where);
}

template <class Range, class All>
void collective_operations::allgatherv_into(const Range& mine, All&& all, counts_view counts,
                                            call_site where) const {
  using Element = detail::range_element_t<Range>;
  static_assert(std::is_same_v<Element, detail::range_element_t<All>>,
                "cohort: both ranges must hold the same element type");
  auto& state = detail::access::state(*this, "allgatherv_into", where);
  const auto busy = detail::agree<check_level, detail::element_t<Range>>(state, "allgatherv_into", where);
  detail::check_counts("allgatherv_into", state, counts, std::ranges::size(all), where);
  detail::check_length("allgatherv_into", state, std::ranges::size(mine),
                       counts[static_cast<std::size_t>(state.rank)], where);
  const Element* const from = std::ranges::data(mine);
  auto* const to = static_cast<Element*>(detail::room_of(all).data);
  detail::allgather_known(state, from, std::ranges::size(mine), to, counts, where);
}

}  // namespace cohort
