#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/collected.hpp>
#include <cohort/collective/detail/layout.hpp>
#include <cohort/collective/detail/pair_rider.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

namespace cohort {
namespace detail {

/// Exchanges blocks whose lengths only their senders know. One MPI_Alltoall carries the lengths and the short
/// blocks; if any block of any rank is too long to ride along, an MPI_Alltoallv of the long ones follows. Every
/// sender tells everybody whether it has a long block, so that all ranks agree on the second call without a third.
/// A rank's block for itself is copied. `block(r)` is the block for rank r as a span; `whole`, where all the blocks
/// lie one behind the other, or null if they do not.
template <class Element, class Block>
gathered<Element> alltoall_unknown(const comm_state& state, Block&& block, const Element* whole,
                                   const call_site& where) {
  using Type = datatype<Element>;
  constexpr const char* routine = "MPI_Alltoallv";
  const auto ranks = static_cast<std::size_t>(state.size);
  const auto self = static_cast<std::size_t>(state.rank);
  const auto is_long = [&](std::size_t r, std::size_t n) {
    return r != self && n * sizeof(Element) > pair_rider::capacity;
  };

  buffer<pair_rider> riders(2 * ranks);
  pair_rider* const out = riders.data();
  const pair_rider* const in = out + ranks;
  std::uint32_t more = 0;
  std::size_t sent = 0;
  for (std::size_t r = 0; r != ranks; ++r) {
    const std::span<const Element> mine = block(r);
    (void)narrow_count(sent += mine.size() * Type::per_element, routine);
    out[r].length = static_cast<std::uint32_t>(mine.size());
    if (is_long(r, mine.size())) {
      more = 1;
    } else if (r != self) {
      out[r].load(mine.data(), mine.size() * sizeof(Element));
    }
  }
  for (std::size_t r = 0; r != ranks; ++r) out[r].more = more;
  constexpr int bytes = sizeof(pair_rider);
  check(MPI_Alltoall(out, bytes, MPI_BYTE, out + ranks, bytes, MPI_BYTE, state.comm), "MPI_Alltoall", state, where);

  gathered<Element> result;
  result.counts.reserve(ranks);
  for (std::size_t r = 0; r != ranks; ++r) {
    result.counts.push_back(in[r].length);
    more |= in[r].more;
  }
  result.values = buffer<Element>(counts_view{result.counts}.total());
  Element* at = result.values.data();
  for (std::size_t r = 0; r != ranks; ++r) {
    const auto n = static_cast<std::size_t>(in[r].length);
    const void* const from = r == self ? static_cast<const void*>(block(r).data()) : in[r].data.data();
    if (n != 0 && !is_long(r, n)) std::memcpy(static_cast<void*>(at), from, n * sizeof(Element));
    at += n;
  }
  if (more == 0) return result;

  std::vector<int> numbers(4 * ranks);
  int* const send_counts = numbers.data();
  int* const send_offsets = send_counts + ranks;
  int* const receive_counts = send_offsets + ranks;
  int* const receive_offsets = receive_counts + ranks;
  buffer<Element> joined;
  std::size_t sending = 0;
  std::size_t receiving = 0;
  for (std::size_t r = 0; r != ranks; ++r) {
    const auto leaves = block(r).size();
    const auto comes = static_cast<std::size_t>(in[r].length);
    send_counts[r] = is_long(r, leaves) ? narrow_count(leaves * Type::per_element, routine) : 0;
    receive_counts[r] = is_long(r, comes) ? narrow_count(comes * Type::per_element, routine) : 0;
    send_offsets[r] = narrow_count(sending * Type::per_element, routine);
    receive_offsets[r] = narrow_count(receiving * Type::per_element, routine);
    if (whole != nullptr || send_counts[r] != 0) sending += leaves;
    receiving += comes;
  }
  if (whole == nullptr) {
    joined = buffer<Element>(sending);
    Element* to = joined.data();
    for (std::size_t r = 0; r != ranks; ++r) {
      if (send_counts[r] == 0) continue;
      const std::span<const Element> mine = block(r);
      std::memcpy(static_cast<void*>(to), mine.data(), mine.size() * sizeof(Element));
      to += mine.size();
    }
    whole = joined.data();
  }
  check(MPI_Alltoallv(whole, send_counts, send_offsets, Type::type(), result.values.data(), receive_counts,
                      receive_offsets, Type::type(), state.comm),
        routine, state, where);
  return result;
}

/// The same for blocks that lie one behind the other.
template <class Element>
gathered<Element> alltoall_unknown(const comm_state& state, const Element* whole, counts_view counts,
                                   const call_site& where) {
  const auto ranks = static_cast<std::size_t>(state.size);
  std::vector<std::size_t> offsets(ranks);
  for (std::size_t r = 1; r < ranks; ++r) offsets[r] = offsets[r - 1] + counts[r - 1];
  const auto block = [&](std::size_t r) { return std::span<const Element>{whole + offsets[r], counts[r]}; };
  return alltoall_unknown(state, block, whole, where);
}

/// One row of plain elements per rank, in memory of their own each.
template <class Rows>
concept plain_rows = std::ranges::random_access_range<Rows> && std::ranges::sized_range<Rows> &&
    plain_range<std::remove_reference_t<std::ranges::range_reference_t<Rows>>>;

}  // namespace detail

template <class Rows>
auto collective_operations::alltoallv(const Rows& rows, call_site where) const {
  static_assert(detail::plain_rows<const Rows>,
                "cohort: alltoallv takes one row of plain elements per rank, or a range and its counts; alltoall "
                "takes serialised objects");
  using Row = std::remove_reference_t<std::ranges::range_reference_t<const Rows>>;
  using Element = std::remove_cv_t<std::ranges::range_value_t<Row>>;
  auto& state = detail::access::state(*this, "alltoallv", where);
  detail::agree<check_level, Element>(state, "alltoallv", where);
  detail::check_length("alltoallv", state, std::ranges::size(rows), static_cast<std::size_t>(state.size), where);
  const auto block = [&](std::size_t r) {
    const auto& row = std::ranges::begin(rows)[static_cast<std::ranges::range_difference_t<const Rows>>(r)];
    return std::span<const Element>{std::ranges::data(row), std::ranges::size(row)};
  };
  return detail::alltoall_unknown<Element>(state, block, nullptr, where);
}

template <class Range>
auto collective_operations::alltoallv(const Range& values, counts_view counts, call_site where) const {
  static_assert(plain_range<const Range>,
                "cohort: alltoallv exchanges plain elements; alltoall takes serialised objects");
  auto& state = detail::access::state(*this, "alltoallv", where);
  detail::agree<check_level, detail::element_t<Range>>(state, "alltoallv", where);
  detail::check_counts("alltoallv", state, counts, std::ranges::size(values), where);
  return detail::alltoall_unknown(state, std::ranges::data(values), counts, where);
}

template <class Range, class All>
void collective_operations::alltoallv_into(const Range& values, counts_view counts, All&& all,
                                           counts_view receive_counts, call_site where) const {
  using Element = detail::element_t<Range>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both ranges must hold the same element type");
  using Type = datatype<Element>;
  auto& state = detail::access::state(*this, "alltoallv_into", where);
  detail::agree<check_level, Element>(state, "alltoallv_into", where);
  detail::check_counts("alltoallv_into", state, counts, std::ranges::size(values), where);
  detail::check_counts("alltoallv_into", state, receive_counts, std::ranges::size(all), where);
  const auto self = static_cast<std::size_t>(state.rank);
  detail::check_length("alltoallv_into", state, counts[self], receive_counts[self], where);
  (void)detail::narrow_count(std::max(counts.total(), receive_counts.total()) * Type::per_element, "MPI_Alltoallv");
  const detail::layout out{counts, Type::per_element};
  const detail::layout in{receive_counts, Type::per_element};
  detail::check(
      MPI_Alltoallv(detail::view_of(values).data, out.counts.data(), out.offsets.data(), Type::type(),
                    detail::room_of(all).data, in.counts.data(), in.offsets.data(), Type::type(), state.comm),
      "MPI_Alltoallv", state, where);
}

}  // namespace cohort
