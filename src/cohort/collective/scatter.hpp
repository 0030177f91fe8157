#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/equal_blocks.hpp>
#include <cohort/collective/scatterv.hpp>
#include <cohort/core/detail/block.hpp>
#include <cohort/serial/pack.hpp>

namespace cohort {
namespace detail {

/// Each rank's block of a range of serialised elements, packed: bytes one behind the other, and bytes per rank.
template <class Range>
gathered<std::byte> pack_blocks(const Range& whole, std::size_t ranks) {
  gathered<std::byte> result;
  const auto pieces = [&](auto& archive, auto&& use) {
    auto at = std::ranges::begin(whole);
    for (std::size_t r = 0; r != ranks; ++r) {
      archive.state().forget();  // each block is a message of its own
      const auto n = static_cast<std::uint64_t>(block_of(std::ranges::size(whole), ranks, r).count);
      use(n);
      for (std::uint64_t i = 0; i != n; ++i, ++at) use(*at);
    }
  };
  std::vector<std::size_t> ends;
  serial::basic_output<serial::detail::size_sink> sizes;
  std::size_t left = 0;
  std::size_t rank = 0;
  const auto count_down = [&](const auto& piece) {
    if (left == 0) left = block_of(std::ranges::size(whole), ranks, rank++).count + 1;
    sizes << piece;
    if (--left == 0) ends.push_back(sizes.bytes);
  };
  pieces(sizes, count_down);
  result.values = buffer<std::byte>(sizes.bytes);
  serial::basic_output<serial::detail::memory_sink> out{result.values.data()};
  pieces(out, [&](const auto& piece) { out << piece; });
  for (std::size_t r = 0; r != ends.size(); ++r) {
    result.counts.push_back(ends[r] - (r == 0 ? 0 : ends[r - 1]));
  }
  return result;
}

}  // namespace detail

template <class Range>
auto collective_operations::scatter(const Range& whole, rooted at, call_site where) const {
  auto& state = detail::access::state(*this, "scatter", where);
  const auto busy = detail::agree<check_level, std::remove_cv_t<std::ranges::range_value_t<const Range>>>(
      state, "scatter", where, {.root = at.root});
  detail::check_root("scatter", state, at.root, where);
  const auto ranks = static_cast<std::size_t>(state.size);
  if constexpr (plain_range<const Range>) {
    std::vector<std::size_t> counts;
    if (state.rank == at.root) {
      counts.resize(ranks);
      for (std::size_t r = 0; r != ranks; ++r) {
        counts[r] = detail::block_of(std::ranges::size(whole), ranks, r).count;
      }
    }
    return detail::scatter_unknown(state, std::ranges::data(whole), counts, at.root, where);
  } else {
    static_assert(std::ranges::sized_range<const Range>, "cohort: scatter takes a container or range of elements");
    gathered<std::byte> packed;
    if (state.rank == at.root) packed = detail::pack_blocks(whole, ranks);
    const auto mine = detail::scatter_unknown(state, packed.values.data(), packed.counts, at.root, where);
    std::vector<std::ranges::range_value_t<Range>> part;
    serial::unpack_received({mine.data(), mine.size()}, part, "scatter", state.rank, where);
    return part;
  }
}

template <class Range, class Part>
void collective_operations::scatter_into(const Range& whole, Part&& part, rooted at, call_site where) const {
  static_assert(std::is_same_v<detail::element_t<Range>, detail::element_t<std::remove_cvref_t<Part>>>,
                "cohort: both ranges must hold the same element type");
  auto& state = detail::access::state(*this, "scatter_into", where);
  const auto busy = detail::agree<check_level, detail::element_t<Range>>(
      state, "scatter_into", where, {.root = at.root, .count = detail::same_count(detail::element_count(part))});
  detail::check_root("scatter_into", state, at.root, where);
  const auto mine = detail::room_of(part);
  const auto all = detail::view_of(whole);
  if (state.rank == at.root) {
    detail::check_length("scatter_into", state, detail::element_count(whole),
                         detail::element_count(part) * static_cast<std::size_t>(state.size), where);
  }
  const detail::wire_count wire{mine.count, mine.type};
  detail::check(
      MPI_Scatter(all.data, wire.count(), wire.type(), mine.data, wire.count(), wire.type(), at.root, state.comm),
      "MPI_Scatter", state, where, at.root, mpi_error::context::absent, mine.count);
}

template <class T>
void collective_operations::scatter_in_place(T&& values, rooted at, call_site where) const {
  static_assert(detail::shape_of<std::remove_cvref_t<T>> != detail::shape::object,
                "cohort: scatter_in_place takes plain values and ranges of them");
  auto& state = detail::access::state(*this, "scatter_in_place", where);
  const auto busy = detail::agree<check_level, detail::element_t<std::remove_cvref_t<T>>>(
      state, "scatter_into", where,
      {.root = at.root,
       .count = detail::same_count(state.rank == at.root
                                       ? detail::element_count(values) / static_cast<std::size_t>(state.size)
                                       : detail::element_count(values))});
  detail::check_root("scatter_in_place", state, at.root, where);
  const auto memory = detail::room_of(values);
  const bool root = state.rank == at.root;
  const auto n = detail::element_count(values);
  const auto each = root ? detail::equal_blocks("scatter_in_place", state, n, where) : n;
  const detail::wire_count wire{root ? memory.count / static_cast<std::size_t>(state.size) : memory.count,
                                memory.type};
  detail::check(MPI_Scatter(root ? memory.data : nullptr, wire.count(), wire.type(),
                            root ? MPI_IN_PLACE : memory.data, wire.count(), wire.type(), at.root, state.comm),
                "MPI_Scatter", state, where, at.root, mpi_error::context::absent, each);
}

}  // namespace cohort
