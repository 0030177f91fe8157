#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/collected.hpp>
#include <cohort/collective/detail/gather_rider.hpp>
#include <cohort/collective/detail/layout.hpp>
#include <cohort/collective/detail/transfers.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>

namespace cohort {
namespace detail {

/// Joins contributions whose lengths only their ranks know. One MPI_Gather; a contribution that is too long to ride
/// along follows as a message of its own (nobody but its sender and the root knows that it is long).
template <class Element>
gathered<Element> gather_unknown(comm_state& state, const Element* mine, std::size_t n, int root,
                                 const call_site& where) {
  constexpr int bytes = sizeof(gather_rider);
  const auto is_long = [](std::size_t count) { return count * sizeof(Element) > gather_rider::capacity; };
  transfers messages{state.shadow(), state, where};
  gather_rider head;
  head.length = n;
  if (!is_long(n)) copy_elements(head.data.data(), mine, n * sizeof(Element));
  gathered<Element> result;
  if (state.rank != root) {
    check(MPI_Gather(&head, bytes, MPI_BYTE, nullptr, 0, MPI_BYTE, root, state.comm), "MPI_Gather", state, where,
          root);
    if (is_long(n)) messages.send(mine, n, root);
    return result;
  }
  const auto ranks = static_cast<std::size_t>(state.size);
  gather_riders heads{ranks};
  check(MPI_Gather(&head, bytes, MPI_BYTE, heads.data(), bytes, MPI_BYTE, root, state.comm), "MPI_Gather", state,
        where, root);
  result.counts.resize(ranks);
  std::size_t total = 0;
  auto* count = result.counts.data();
  for (const auto& h : heads) total += * count++ = static_cast<std::size_t>(h.length);
  result.values = buffer<Element>(total);
  Element* at = result.values.data();
  int r = 0;
  for (const auto& h : heads) {
    const auto length = static_cast<std::size_t>(h.length);
    if (r == root) {
      copy_elements(at, mine, length);
    } else if (is_long(length)) {
      messages.recv(at, length, r);
    } else {
      copy_elements(at, h.data.data(), length);
    }
    at += length;
    ++r;
  }
  messages.wait();
  return result;
}

/// Joins contributions whose lengths the root knows: one MPI_Gatherv, without those that go alone.
template <class Element>
void gather_known(comm_state& state, const Element* mine, std::size_t n, Element* all, counts_view counts, int root,
                  const call_site& where, std::size_t limit = int_limit) {
  using Type = datatype<Element>;
  transfers messages{state.shadow(), state, where};
  const auto alone = [&](std::size_t elements) {
    return goes_alone(elements * Type::per_element, state.size, limit);
  };
  const int own = alone(n) ? 0 : static_cast<int>(n * Type::per_element);
  if (state.rank != root) {
    check(MPI_Gatherv(mine, own, Type::type(), nullptr, nullptr, nullptr, Type::type(), root, state.comm),
          "MPI_Gatherv", state, where, root);
    if (alone(n)) messages.send(mine, n, root);
    return;
  }
  const short_layout blocks{counts, Type::per_element, limit};
  buffer<Element> scratch(blocks.in_place ? 0 : blocks.packed);
  const auto each_block = [&](auto&& use) {
    Element* at = all;
    for (int r = 0; r != state.size; ++r) {
      const auto count = counts[static_cast<std::size_t>(r)];
      use(r, at, count);
      at += count;
    }
  };
  each_block([&](int r, Element* at, std::size_t count) {
    if (!alone(count)) return;
    if (r == root) {
      copy_elements(at, mine, count);
    } else {
      messages.recv(at, count, r);
    }
  });
  check(MPI_Gatherv(mine, own, Type::type(), blocks.in_place ? all : scratch.data(), blocks.counts.data(),
                    blocks.offsets.data(), Type::type(), root, state.comm),
        "MPI_Gatherv", state, where, root);
  if (!blocks.in_place) {
    const Element* from = scratch.data();
    each_block([&](int, Element* at, std::size_t count) {
      if (alone(count)) return;
      copy_elements(at, from, count);
      from += count;
    });
  }
  messages.wait();
}

}  // namespace detail

template <class Range>
auto collective_operations::gatherv(const Range& mine, rooted at, call_site where) const {
  static_assert(plain_range<const Range>, "cohort: gatherv joins plain elements; gather takes serialised ones");
  auto& state = detail::access::state(*this, "gatherv", where);
  const auto busy =
      detail::agree<check_level, detail::element_t<Range>>(state, "gatherv", where, {.root = at.root});
  detail::check_root("gatherv", state, at.root, where);
  return detail::gather_unknown(state, std::ranges::data(mine), std::ranges::size(mine), at.root, where);
}

template <class Range, class All>
void collective_operations::gatherv_into(const Range& mine, All&& all, counts_view counts, rooted at,
                                         call_site where) const {
  using Element = detail::range_element_t<Range>;
  static_assert(std::is_same_v<Element, detail::range_element_t<All>>,
                "cohort: both ranges must hold the same element type");
  auto& state = detail::access::state(*this, "gatherv_into", where);
  const auto busy =
      detail::agree<check_level, detail::element_t<Range>>(state, "gatherv_into", where, {.root = at.root});
  detail::check_root("gatherv_into", state, at.root, where);
  if (state.rank == at.root) {
    detail::check_counts("gatherv_into", state, counts, std::ranges::size(all), where);
    detail::check_length("gatherv_into", state, std::ranges::size(mine), counts[static_cast<std::size_t>(at.root)],
                         where);
  }
  const Element* const from = std::ranges::data(mine);
  auto* const to = static_cast<Element*>(detail::room_of(all).data);
  detail::gather_known(state, from, std::ranges::size(mine), to, counts, at.root, where);
}

}  // namespace cohort
