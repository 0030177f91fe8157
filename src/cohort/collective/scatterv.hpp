#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/collected.hpp>
#include <cohort/collective/detail/layout.hpp>
#include <cohort/collective/detail/rider.hpp>
#include <cohort/collective/detail/transfers.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>

namespace cohort {
namespace detail {

/// What a rider of scatter_unknown says in `more`: where the data is.
enum class follows : std::uint64_t {
  nothing,      ///< it rode along
  in_one_call,  ///< an MPI_Scatterv follows
  as_messages   ///< one message to each rank that gets something: together it is too long for MPI_Scatterv
};

/// Sends each rank its block as a message. Every rank calls it.
template <class Element>
void scatter_messages(comm_state& state, const Element* whole, counts_view counts, buffer<Element>& part, int root,
                      const call_site& where) {
  transfers messages{state.shadow(), state, where};
  if (state.rank != root) {
    if (!part.empty()) messages.recv(part.data(), part.size(), root);
    messages.wait();
    return;
  }
  for (int r = 0; r != state.size; ++r) {
    const auto count = counts[static_cast<std::size_t>(r)];
    if (r == root) {
      copy_elements(part.data(), whole, count);
    } else if (count != 0) {
      messages.send(whole, count, r);
    }
    whole += count;
  }
}

/// Deals out counts[r] elements to rank r when only the root knows the counts.
template <class Element>
buffer<Element> scatter_unknown(comm_state& state, const Element* whole, counts_view counts, int root,
                                const call_site& where, std::size_t limit = int_limit) {
  using Type = datatype<Element>;
  buffer<rider> riders;
  if (state.rank == root) {
    riders = buffer<rider>(static_cast<std::size_t>(state.size));
    auto more = follows::nothing;
    for (std::size_t r = 0; r != counts.size(); ++r) {
      if (counts[r] * sizeof(Element) > rider::capacity) more = follows::in_one_call;
    }
    if (more != follows::nothing && counts.total() * Type::per_element > limit) more = follows::as_messages;
    const Element* at = whole;
    for (std::size_t r = 0; r != riders.size(); ++r) {
      const auto n = counts[r];
      riders[r].length = n;
      riders[r].more = static_cast<std::uint64_t>(more);
      if (more == follows::nothing) riders[r].load(at, n * sizeof(Element));
      at += n;
    }
  }
  rider mine;
  check(MPI_Scatter(riders.data(), rider_bytes, MPI_BYTE, &mine, rider_bytes, MPI_BYTE, root, state.comm),
        "MPI_Scatter", state, where, root);
  buffer<Element> part(static_cast<std::size_t>(mine.length));
  switch (static_cast<follows>(mine.more)) {
    case follows::nothing:
      copy_elements(part.data(), mine.data.data(), part.size());
      break;
    case follows::in_one_call: {
      const layout blocks{state.rank == root ? counts : counts_view{}, Type::per_element};
      check(MPI_Scatterv(whole, blocks.counts.data(), blocks.offsets.data(), Type::type(), part.data(),
                         static_cast<int>(part.size() * Type::per_element), Type::type(), root, state.comm),
            "MPI_Scatterv", state, where, root);
      break;
    }
    case follows::as_messages:
      scatter_messages(state, whole, counts, part, root, where);
  }
  return part;
}

/// Deals out blocks whose lengths their ranks know: one MPI_Scatterv, without those that go alone.
template <class Element>
void scatter_known(comm_state& state, const Element* whole, counts_view counts, Element* part, std::size_t n,
                   int root, const call_site& where, std::size_t limit = int_limit) {
  using Type = datatype<Element>;
  transfers messages{state.shadow(), state, where};
  const auto alone = [&](std::size_t elements) {
    return goes_alone(elements * Type::per_element, state.size, limit);
  };
  const int own = alone(n) ? 0 : static_cast<int>(n * Type::per_element);
  if (state.rank != root) {
    if (alone(n)) messages.recv(part, n, root);
    check(MPI_Scatterv(nullptr, nullptr, nullptr, Type::type(), part, own, Type::type(), root, state.comm),
          "MPI_Scatterv", state, where, root);
    messages.wait();
    return;
  }
  const short_layout blocks{counts, Type::per_element, limit};
  buffer<Element> scratch(blocks.in_place ? 0 : blocks.packed);
  const auto each_block = [&](auto&& use) {
    const Element* at = whole;
    for (int r = 0; r != state.size; ++r) {
      const auto count = counts[static_cast<std::size_t>(r)];
      use(r, at, count);
      at += count;
    }
  };
  if (!blocks.in_place) {
    Element* to = scratch.data();
    each_block([&](int, const Element* at, std::size_t count) {
      if (alone(count)) return;
      copy_elements(to, at, count);
      to += count;
    });
  }
  check(MPI_Scatterv(blocks.in_place ? whole : scratch.data(), blocks.counts.data(), blocks.offsets.data(),
                     Type::type(), part, own, Type::type(), root, state.comm),
        "MPI_Scatterv", state, where, root);
  each_block([&](int r, const Element* at, std::size_t count) {
    if (!alone(count)) return;
    if (r == root) {
      copy_elements(part, at, count);
    } else {
      messages.send(at, count, r);
    }
  });
}

}  // namespace detail

template <class Range>
auto collective_operations::scatterv(const Range& whole, counts_view counts, rooted at, call_site where) const {
  static_assert(plain_range<const Range>,
                "cohort: scatterv deals out plain elements; scatter takes serialised ones");
  auto& state = detail::access::state(*this, "scatterv", where);
  const auto busy =
      detail::agree<check_level, detail::element_t<Range>>(state, "scatterv", where, {.root = at.root});
  detail::check_root("scatterv", state, at.root, where);
  if (state.rank == at.root) detail::check_counts("scatterv", state, counts, std::ranges::size(whole), where);
  return detail::scatter_unknown(state, std::ranges::data(whole), counts, at.root, where);
}

template <class Range, class Part>
void collective_operations::scatterv_into(const Range& whole, counts_view counts, Part&& part, rooted at,
                                          call_site where) const {
  using Element = detail::range_element_t<Range>;
  static_assert(std::is_same_v<Element, detail::range_element_t<Part>>,
                "cohort: both ranges must hold the same element type");
  auto& state = detail::access::state(*this, "scatterv_into", where);
  const auto busy =
      detail::agree<check_level, detail::element_t<Range>>(state, "scatterv_into", where, {.root = at.root});
  detail::check_root("scatterv_into", state, at.root, where);
  if (state.rank == at.root) {
    detail::check_counts("scatterv_into", state, counts, std::ranges::size(whole), where);
    detail::check_length("scatterv_into", state, std::ranges::size(part), counts[static_cast<std::size_t>(at.root)],
                         where);
  }
  const Element* const from = std::ranges::data(whole);
  auto* const to = static_cast<Element*>(detail::room_of(part).data);
  detail::scatter_known(state, from, counts, to, std::ranges::size(part), at.root, where);
}

}  // namespace cohort
