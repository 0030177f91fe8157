#pragma once

#include <cohort/collective/alltoallv.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/pattern/distribution.hpp>
#include <cohort/serial/pack.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <ranges>
#include <span>
#include <vector>

namespace cohort {
namespace detail {

/// Cuts what `rank` has in `mine` into pieces that lie behind one another at one rank of `theirs` too, in ascending
/// order: piece(local index in mine, rank in theirs, length). Both ends of a redistribution walk the same pieces in
/// the same order, each among its own, so no index travels.
template <distribution Mine, distribution Theirs, class Piece>
void for_each_piece(const Mine& mine, int rank, const Theirs& theirs, const Piece& piece) {
  const std::size_t n = mine.local_size(rank);
  for (std::size_t local = 0; local != n;) {
    const std::size_t index = mine.global_index(rank, local);
    const std::size_t length = std::min<std::size_t>(mine.contiguous_from(index), theirs.contiguous_from(index));
    piece(local, theirs.owner(index), length);
    local += length;
  }
}

/// Throws argument_error unless the distributions are of one array on these ranks, and `have` is this rank's part.
void check_redistribution(const communicator& comm, std::size_t from_size, int from_ranks, std::size_t to_size,
                          int to_ranks, std::size_t have, std::size_t want, const call_site& where);

[[nodiscard]] inline std::vector<std::size_t> offsets_of(const std::vector<std::size_t>& counts) {
  std::vector<std::size_t> offsets(counts.size());
  for (std::size_t r = 1; r < counts.size(); ++r) offsets[r] = offsets[r - 1] + counts[r - 1];
  return offsets;
}

template <class Element>
void copy_piece(Element* to, const Element* from, std::size_t n) noexcept {
  std::memcpy(static_cast<void*>(to), from, n * sizeof(Element));
}

template <class Local, class From, class To>
auto redistribute_plain(const communicator& comm, const Local& local, const From& from, const To& to,
                        const call_site& where) {
  using Element = std::remove_cv_t<std::ranges::range_value_t<const Local>>;
  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::size_t> leaves(ranks);
  std::vector<std::size_t> comes(ranks);
  const auto count = [](std::vector<std::size_t>& counts) {
    return [&counts](std::size_t, int peer, std::size_t n) { counts[static_cast<std::size_t>(peer)] += n; };
  };
  for_each_piece(from, comm.rank(), to, count(leaves));
  for_each_piece(to, comm.rank(), from, count(comes));

  buffer<Element> out(std::ranges::size(local));
  auto at = offsets_of(leaves);
  for_each_piece(from, comm.rank(), to, [&](std::size_t mine, int peer, std::size_t n) {
    auto& place = at[static_cast<std::size_t>(peer)];
    copy_piece(out.data() + place, std::ranges::data(local) + mine, n);
    place += n;
  });
  buffer<Element> in(to.local_size(comm.rank()));
  comm.alltoallv_into(out, leaves, in, comes, where);

  buffer<Element> result(in.size());
  at = offsets_of(comes);
  for_each_piece(to, comm.rank(), from, [&](std::size_t mine, int peer, std::size_t n) {
    auto& place = at[static_cast<std::size_t>(peer)];
    copy_piece(result.data() + mine, in.data() + place, n);
    place += n;
  });
  return result;
}

template <class Local, class From, class To>
auto redistribute_objects(const communicator& comm, const Local& local, const From& from, const To& to,
                          const call_site& where) {
  using Element = std::ranges::range_value_t<const Local>;
  const auto ranks = static_cast<std::size_t>(comm.size());
  std::vector<std::size_t> leaves(ranks);
  const auto for_each = [&](const auto& use) {
    auto element = std::ranges::begin(local);
    for_each_piece(from, comm.rank(), to, [&](std::size_t, int peer, std::size_t n) {
      for (; n != 0; --n, ++element) use(static_cast<const Element&>(*element), static_cast<std::size_t>(peer));
    });
  };
  for_each([&](const Element& element, std::size_t peer) { leaves[peer] += serial::packed_size(element); });
  buffer<std::byte> out(counts_view{leaves}.total());
  auto at = offsets_of(leaves);
  for_each([&](const Element& element, std::size_t peer) {
    at[peer] = static_cast<std::size_t>(serial::pack_to(out.data() + at[peer], element) - out.data());
  });
  const auto came = comm.alltoallv(out, leaves, where);

  std::vector<std::span<const std::byte>> left;
  left.reserve(ranks);
  const std::byte* block = came.values.data();
  for (const auto bytes : came.counts) {
    left.emplace_back(block, bytes);
    block += bytes;
  }
  std::vector<Element> result;
  result.reserve(to.local_size(comm.rank()));
  for_each_piece(to, comm.rank(), from, [&](std::size_t, int peer, std::size_t n) {
    auto& bytes = left[static_cast<std::size_t>(peer)];
    for (; n != 0; --n) {
      serial::input in{bytes};  // each element was packed on its own
      Element element{};
      in >> element;
      result.push_back(std::move(element));
      bytes = in.left();
    }
  });
  return result;
}

}  // namespace detail

/// Brings an array from one distribution over the ranks of `comm` to another. Collective: each rank gives its part
/// in `from` (elements in local order) and gets its part in `to`. `from` and `to` must be the same on every rank.
/// Plain elements in contiguous memory come as a buffer, others (serialised) as a std::vector.
///
/// Cost: one MPI_Alltoallv, in which each element travels once and no index does, and two copies of the part
/// (objects: at most an MPI_Alltoall with 192 bytes per rank and an MPI_Alltoallv). Two walks over the pieces that
/// are contiguous in both. As alltoallv, up to 2^31 elements (objects: bytes) per rank.
///
/// Throws argument_error, on the rank that is wrong and before anything is sent, if `from` and `to` differ in size,
/// are made for another number of ranks, or `local` has not from.local_size(rank) elements.
template <std::ranges::forward_range Local, distribution From, distribution To>
requires std::ranges::sized_range<const Local>
[[nodiscard]] auto redistribute(const communicator& comm, const Local& local, const From& from, const To& to,
                                call_site where = call_site::current()) {
  const bool fits = from.ranks() == comm.size();
  detail::check_redistribution(comm, from.size(), from.ranks(), to.size(), to.ranks(), std::ranges::size(local),
                               fits ? from.local_size(comm.rank()) : 0, where);
  if constexpr (plain_range<const Local>) {
    return detail::redistribute_plain(comm, local, from, to, where);
  } else {
    return detail::redistribute_objects(comm, local, from, to, where);
  }
}

}  // namespace cohort
