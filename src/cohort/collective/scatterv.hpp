#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/collected.hpp>
#include <cohort/collective/detail/rider.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>

#include <numeric>
#include <span>
#include <vector>

namespace cohort {
namespace detail {

/// Offsets of blocks that lie one behind the other, in units of MPI elements, and their counts likewise.
struct layout {
  std::vector<int> counts;
  std::vector<int> offsets;

  layout(std::span<const int> elements, std::size_t per_element, const char* routine) {
    counts.reserve(elements.size());
    offsets.reserve(elements.size());
    std::size_t at = 0;
    for (const int n : elements) {
      offsets.push_back(narrow_count(at, routine));
      counts.push_back(narrow_count(static_cast<std::size_t>(n) * per_element, routine));
      at += static_cast<std::size_t>(n) * per_element;
    }
  }
};

inline std::size_t total(std::span<const int> counts) {
  return std::accumulate(counts.begin(), counts.end(), std::size_t{0},
                         [](std::size_t sum, int n) { return sum + static_cast<std::size_t>(n); });
}

/// Counts must be one per rank, none negative, and add up to what there is.
inline void check_counts(const char* routine, const comm_state& state, std::span<const int> counts,
                         std::size_t elements, const call_site& where) {
  check_length(routine, state, counts.size(), static_cast<std::size_t>(state.size), where);
  for (const int n : counts) {
    if (n < 0) throw_argument_error(routine, state.rank, "a count of {}; counts are 0 or more", n, where);
  }
  check_length(routine, state, elements, total(counts), where);
}

/// Deals out counts[r] elements to rank r when only the root knows the counts.
template <class Element>
buffer<Element> scatter_unknown(const comm_state& state, const Element* whole, std::span<const int> counts,
                                int root, const call_site& where) {
  buffer<rider> riders;
  if (state.rank == root) {
    riders = buffer<rider>(static_cast<std::size_t>(state.size));
    std::uint64_t more = 0;
    for (const int n : counts) more |= static_cast<std::size_t>(n) * sizeof(Element) > rider::capacity ? 1U : 0U;
    const Element* at = whole;
    for (std::size_t r = 0; r != riders.size(); ++r) {
      const auto n = static_cast<std::size_t>(counts[r]);
      riders[r].length = n;
      riders[r].more = more;
      if (more == 0) riders[r].load(at, n * sizeof(Element));
      at += n;
    }
  }
  rider mine;
  check(MPI_Scatter(riders.data(), rider_bytes, MPI_BYTE, &mine, rider_bytes, MPI_BYTE, root, state.comm),
        "MPI_Scatter", state, where, root);
  buffer<Element> part(static_cast<std::size_t>(mine.length));
  if (mine.more == 0) {
    if (!part.empty())
      std::memcpy(static_cast<void*>(part.data()), mine.data.data(), part.size() * sizeof(Element));
    return part;
  }
  using Type = datatype<Element>;
  const layout blocks{state.rank == root ? counts : std::span<const int>{}, Type::per_element, "MPI_Scatterv"};
  check(MPI_Scatterv(whole, blocks.counts.data(), blocks.offsets.data(), Type::type(), part.data(),
                     narrow_count(part.size() * Type::per_element, "MPI_Scatterv"), Type::type(), root, state.comm),
        "MPI_Scatterv", state, where, root);
  return part;
}

}  // namespace detail

template <class Range>
auto collective_operations::scatterv(const Range& whole, std::span<const int> counts, rooted at,
                                     call_site where) const {
  static_assert(plain_range<const Range>,
                "cohort: scatterv deals out plain elements; scatter takes serialised ones");
  auto& state = detail::access::state(*this, "scatterv", where);
  detail::agree<check_level, detail::element_t<Range>>(state, "scatterv", where, {.root = at.root});
  detail::check_root("scatterv", state, at.root, where);
  if (state.rank == at.root) detail::check_counts("scatterv", state, counts, std::ranges::size(whole), where);
  return detail::scatter_unknown(state, std::ranges::data(whole), counts, at.root, where);
}

template <class Range, class Part>
void collective_operations::scatterv_into(const Range& whole, std::span<const int> counts, Part&& part, rooted at,
                                          call_site where) const {
  using Element = detail::element_t<Range>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<Part>>>,
                "cohort: both ranges must hold the same element type");
  using Type = datatype<Element>;
  auto& state = detail::access::state(*this, "scatterv_into", where);
  detail::agree<check_level, detail::element_t<Range>>(state, "scatterv_into", where, {.root = at.root});
  detail::check_root("scatterv_into", state, at.root, where);
  if (state.rank == at.root) {
    detail::check_counts("scatterv_into", state, counts, std::ranges::size(whole), where);
    detail::check_length("scatterv_into", state, std::ranges::size(part),
                         static_cast<std::size_t>(counts[static_cast<std::size_t>(at.root)]), where);
  }
  const detail::layout blocks{state.rank == at.root ? counts : std::span<const int>{}, Type::per_element,
                              "MPI_Scatterv"};
  const auto mine = detail::room_of(part);
  detail::check(
      MPI_Scatterv(std::ranges::data(whole), blocks.counts.data(), blocks.offsets.data(), Type::type(), mine.data,
                   detail::narrow_count(mine.count, "MPI_Scatterv"), mine.type, at.root, state.comm),
      "MPI_Scatterv", state, where, at.root);
}

}  // namespace cohort
