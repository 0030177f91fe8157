#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/collected.hpp>
#include <cohort/collective/detail/rider.hpp>
#include <cohort/collective/scatterv.hpp>
#include <cohort/core/communicator.hpp>

namespace cohort {
namespace detail {

/// Joins contributions whose lengths only their ranks know. One MPI_Gather; a contribution that is too long to ride
/// along follows as a message of its own (nobody but its sender and the root knows that it is long).
template <class Element>
gathered<Element> gather_unknown(comm_state& state, const Element* mine, std::size_t n, int root,
                                 const call_site& where) {
  using Type = datatype<Element>;
  constexpr int tag = 0;
  const MPI_Comm shadow = state.shadow();
  const bool long_one = n * sizeof(Element) > rider::capacity;
  rider head;
  head.length = static_cast<std::uint64_t>(narrow_count(n, "gatherv"));
  head.more = long_one ? 1 : 0;
  head.load(mine, n * sizeof(Element));
  buffer<rider> heads(state.rank == root ? static_cast<std::size_t>(state.size) : 0);
  check(MPI_Gather(&head, rider_bytes, MPI_BYTE, heads.data(), rider_bytes, MPI_BYTE, root, state.comm),
        "MPI_Gather", state, where, root);
  gathered<Element> result;
  if (state.rank != root) {
    if (long_one) {
      const wire_count wire{n * Type::per_element, Type::type()};
      check(MPI_Send(mine, wire.count(), wire.type(), root, tag, shadow), "MPI_Send", state, where, root, tag, n);
    }
    return result;
  }
  for (const auto& h : heads) result.counts.push_back(static_cast<int>(h.length));
  result.values = buffer<Element>(total(result.counts));
  std::vector<MPI_Request> coming;
  Element* at = result.values.data();
  for (int r = 0; r < state.size; ++r) {
    const auto& h = heads[static_cast<std::size_t>(r)];
    const auto count = static_cast<std::size_t>(h.length);
    if (h.more != 0 && r != root) {
      const wire_count wire{count * Type::per_element, Type::type()};
      coming.push_back(MPI_REQUEST_NULL);
      check(MPI_Irecv(at, wire.count(), wire.type(), r, tag, shadow, &coming.back()), "MPI_Irecv", state, where, r,
            tag, count);
    } else if (count != 0) {
      std::memcpy(static_cast<void*>(at), r == root ? static_cast<const void*>(mine) : h.data.data(),
                  count * sizeof(Element));
    }
    at += count;
  }
  if (coming.empty()) return result;
  check(MPI_Waitall(static_cast<int>(coming.size()), coming.data(), MPI_STATUSES_IGNORE), "MPI_Waitall", state,
        where);
  return result;
}

}  // namespace detail

template <class Range>
auto collective_operations::gatherv(const Range& mine, rooted at, call_site where) const {
  static_assert(plain_range<const Range>, "cohort: gatherv joins plain elements; gather takes serialised ones");
  auto& state = detail::access::state(*this, "gatherv", where);
  detail::agree<check_level, detail::element_t<Range>>(state, "gatherv", where, {.root = at.root});
  detail::check_root("gatherv", state, at.root, where);
  return detail::gather_unknown(state, std::ranges::data(mine), std::ranges::size(mine), at.root, where);
}

template <class Range, class All>
void collective_operations::gatherv_into(const Range& mine, All&& all, std::span<const int> counts, rooted at,
                                         call_site where) const {
  using Element = detail::element_t<Range>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both ranges must hold the same element type");
  using Type = datatype<Element>;
  auto& state = detail::access::state(*this, "gatherv_into", where);
  detail::agree<check_level, detail::element_t<Range>>(state, "gatherv_into", where, {.root = at.root});
  detail::check_root("gatherv_into", state, at.root, where);
  const auto out = detail::view_of(mine);
  if (state.rank == at.root) {
    detail::check_counts("gatherv_into", state, counts, std::ranges::size(all), where);
    detail::check_length("gatherv_into", state, std::ranges::size(mine),
                         static_cast<std::size_t>(counts[static_cast<std::size_t>(at.root)]), where);
  }
  const detail::layout blocks{state.rank == at.root ? counts : std::span<const int>{}, Type::per_element,
                              "MPI_Gatherv"};
  detail::check(
      MPI_Gatherv(out.data, detail::narrow_count(out.count, "MPI_Gatherv"), out.type, detail::room_of(all).data,
                  blocks.counts.data(), blocks.offsets.data(), Type::type(), at.root, state.comm),
      "MPI_Gatherv", state, where, at.root);
}

}  // namespace cohort
