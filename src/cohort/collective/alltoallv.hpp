#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/collected.hpp>
#include <cohort/collective/detail/exchange_known.hpp>
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
/// blocks; if any block of any rank is too long to ride along, an MPI_Alltoallv of the long ones follows, and
/// messages of those that are too long for it. Every sender tells everybody what its longest block needs, so that
/// all ranks agree on what follows without a further call.
/// A rank's block for itself is copied. `block(r)` is the block for rank r as a span; `whole`, where all the blocks
/// lie one behind the other, or null if they do not.
template <class Element, class Block>
gathered<Element> alltoall_unknown(comm_state& state, Block&& block, const Element* whole, const call_site& where,
                                   std::size_t limit = int_limit) {
  const auto ranks = static_cast<std::size_t>(state.size);
  const auto self = static_cast<std::size_t>(state.rank);
  const auto is_long = [&](std::size_t r, std::size_t n) {
    return r != self && n * sizeof(Element) > pair_rider::capacity;
  };

  buffer<pair_rider> riders(2 * ranks);
  pair_rider* const out = riders.data();
  const pair_rider* const in = out + ranks;
  std::uint64_t more = pair_rider::nothing;
  for (std::size_t r = 0; r != ranks; ++r) {
    const std::span<const Element> mine = block(r);
    out[r].length = mine.size() & pair_rider::longest;
    if (is_long(r, mine.size())) {
      const bool alone = goes_alone(mine.size() * datatype<Element>::per_element, state.size, limit);
      more = std::max<std::uint64_t>(more, alone ? pair_rider::a_message : pair_rider::a_call);
    } else if (r != self) {
      out[r].load(mine.data(), mine.size() * sizeof(Element));
    }
  }
  for (std::size_t r = 0; r != ranks; ++r) out[r].more = more & 3;
  constexpr int bytes = sizeof(pair_rider);
  check(MPI_Alltoall(out, bytes, MPI_BYTE, out + ranks, bytes, MPI_BYTE, state.comm), "MPI_Alltoall", state, where);

  gathered<Element> result;
  result.counts.reserve(ranks);
  for (std::size_t r = 0; r != ranks; ++r) {
    result.counts.push_back(in[r].length);
    more = std::max<std::uint64_t>(more, in[r].more);
  }
  result.values = buffer<Element>(counts_view{result.counts}.total());
  Element* at = result.values.data();
  for (std::size_t r = 0; r != ranks; ++r) {
    const auto n = static_cast<std::size_t>(in[r].length);
    const void* const from = r == self ? static_cast<const void*>(block(r).data()) : in[r].data.data();
    if (n != 0 && !is_long(r, n)) std::memcpy(static_cast<void*>(at), from, n * sizeof(Element));
    at += n;
  }
  if (more == pair_rider::nothing) return result;

  exchange_side<const Element> leaving{{}, whole};
  exchange_side<Element> coming{{}, result.values.data()};
  leaving.blocks.reserve(ranks);
  coming.blocks.reserve(ranks);
  at = result.values.data();
  for (std::size_t r = 0; r != ranks; ++r) {
    const std::span<const Element> mine = block(r);
    const auto n = static_cast<std::size_t>(in[r].length);
    leaving.blocks.push_back(is_long(r, mine.size()) ? mine : std::span<const Element>{});
    coming.blocks.push_back(is_long(r, n) ? std::span<Element>{at, n} : std::span<Element>{});
    at += n;
  }
  exchange_known(state, leaving, coming, where, more == pair_rider::a_message ? state.shadow() : MPI_COMM_NULL,
                 limit);
  return result;
}

/// The same for blocks that lie one behind the other.
template <class Element>
gathered<Element> alltoall_unknown(comm_state& state, const Element* whole, counts_view counts,
                                   const call_site& where, std::size_t limit = int_limit) {
  const auto ranks = static_cast<std::size_t>(state.size);
  std::vector<std::size_t> offsets(ranks);
  for (std::size_t r = 1; r < ranks; ++r) offsets[r] = offsets[r - 1] + counts[r - 1];
  const auto block = [&](std::size_t r) { return std::span<const Element>{whole + offsets[r], counts[r]}; };
  return alltoall_unknown(state, block, whole, where, limit);
}

/// Serialised objects travel so: compiled once, in the library.
extern template gathered<std::byte> alltoall_unknown<std::byte>(comm_state& state, const std::byte* whole,
                                                                counts_view counts, const call_site& where,
                                                                std::size_t limit);

/// Exchanges blocks that lie one behind the other and whose lengths both ends know.
template <class Element>
void alltoall_known(comm_state& state, const Element* from, counts_view counts, Element* to,
                    counts_view receive_counts, const call_site& where, std::size_t limit = int_limit) {
  using Type = datatype<Element>;
  const MPI_Comm shadow = state.shadow();  // others may need it where this rank does not
  bool alone = false;
  for (std::size_t r = 0; r != counts.size(); ++r) {
    alone = alone || goes_alone(std::max(counts[r], receive_counts[r]) * Type::per_element, state.size, limit);
  }
  if (!alone) {
    const layout out{counts, Type::per_element};
    const layout in{receive_counts, Type::per_element};
    check(MPI_Alltoallv(from, out.counts.data(), out.offsets.data(), Type::type(), to, in.counts.data(),
                        in.offsets.data(), Type::type(), state.comm),
          "MPI_Alltoallv", state, where);
    return;
  }
  exchange_side<const Element> leaving{{}, from};
  exchange_side<Element> coming{{}, to};
  for (std::size_t r = 0; r != counts.size(); ++r) {
    leaving.blocks.emplace_back(from, counts[r]);
    coming.blocks.emplace_back(to, receive_counts[r]);
    from += counts[r];
    to += receive_counts[r];
  }
  exchange_known(state, leaving, coming, where, shadow, limit);
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
  const auto busy = detail::agree<check_level, Element>(state, "alltoallv", where);
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
  const auto busy = detail::agree<check_level, detail::element_t<Range>>(state, "alltoallv", where);
  detail::check_counts("alltoallv", state, counts, std::ranges::size(values), where);
  return detail::alltoall_unknown(state, std::ranges::data(values), counts, where);
}

template <class Range, class All>
void collective_operations::alltoallv_into(const Range& values, counts_view counts, All&& all,
                                           counts_view receive_counts, call_site where) const {
  using Element = detail::element_t<Range>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both ranges must hold the same element type");
  auto& state = detail::access::state(*this, "alltoallv_into", where);
  const auto busy = detail::agree<check_level, Element>(state, "alltoallv_into", where);
  detail::check_counts("alltoallv_into", state, counts, std::ranges::size(values), where);
  detail::check_counts("alltoallv_into", state, receive_counts, std::ranges::size(all), where);
  const auto self = static_cast<std::size_t>(state.rank);
  detail::check_length("alltoallv_into", state, counts[self], receive_counts[self], where);
  detail::alltoall_known(state, static_cast<const Element*>(detail::view_of(values).data), counts,
                         static_cast<Element*>(detail::room_of(all).data), receive_counts, where);
}

}  // namespace cohort
