#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/collected.hpp>
#include <cohort/collective/detail/grid_exchange.hpp>
#include <cohort/collective/scatterv.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>

#include <ranges>
#include <span>
#include <vector>

namespace cohort {
namespace detail {

template <class Element>
gathered<Element> grid_alltoall(comm_state& state, std::span<const std::span<const std::byte>> parts,
                                const call_site& where) {
  const grid_exchange exchanged{state, parts, where};
  gathered<Element> result;
  result.counts.reserve(exchanged.counts().size());
  for (const auto bytes : exchanged.counts()) result.counts.push_back(bytes / sizeof(Element));
  result.values = buffer<Element>(counts_view{result.counts}.total());
  exchanged.write_to(reinterpret_cast<std::byte*>(result.values.data()));
  return result;
}

}  // namespace detail

template <class Range>
auto collective_operations::grid_alltoallv(const Range& whole, counts_view counts, call_site where) const {
  static_assert(plain_range<const Range>,
                "cohort: grid_alltoallv exchanges plain elements; sparse_alltoall takes serialised ones");
  auto& state = detail::access::state(*this, "grid_alltoallv", where);
  const auto busy = detail::agree<check_level, detail::element_t<Range>>(state, "grid_alltoallv", where);
  detail::check_counts("grid_alltoallv", state, counts, std::ranges::size(whole), where);
  std::vector<std::span<const std::byte>> parts;
  parts.reserve(counts.size());
  const detail::element_t<Range>* at = std::ranges::data(whole);
  for (std::size_t r = 0; r != counts.size(); ++r) {
    parts.push_back(std::as_bytes(std::span{at, counts[r]}));
    at += counts[r];
  }
  return detail::grid_alltoall<detail::element_t<Range>>(state, parts, where);
}

template <class Parts>
auto collective_operations::grid_alltoallv(const Parts& parts, call_site where) const {
  static_assert(std::ranges::forward_range<const Parts> &&
                    std::is_lvalue_reference_v<std::ranges::range_reference_t<const Parts>>,
                "cohort: grid_alltoallv takes one range per rank, such as std::vector<std::vector<int>>");
  using Part = std::remove_cvref_t<std::ranges::range_reference_t<const Parts>>;
  static_assert(plain_range<const Part>,
                "cohort: grid_alltoallv takes a flat range with counts, or one range of plain elements per rank");
  auto& state = detail::access::state(*this, "grid_alltoallv", where);
  const auto busy = detail::agree<check_level, detail::element_t<Part>>(state, "grid_alltoallv", where);
  std::vector<std::span<const std::byte>> bytes;
  for (const auto& each : parts) {
    bytes.push_back(std::as_bytes(std::span{std::ranges::data(each), std::ranges::size(each)}));
  }
  detail::check_length("grid_alltoallv", state, bytes.size(), static_cast<std::size_t>(state.size), where);
  return detail::grid_alltoall<detail::element_t<Part>>(state, bytes, where);
}

}  // namespace cohort
