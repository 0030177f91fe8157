#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/unpack_all.hpp>
#include <cohort/collective/scatterv.hpp>
#include <cohort/collective/topology/detail/neighbor_exchange.hpp>

#include <algorithm>

namespace cohort {
namespace detail {

template <class Element>
gathered<Element> neighbor_allgather_unknown(const topology& over, comm_state& state, const view& mine,
                                             const char* routine, const call_site& where) {
  const std::vector<view> parts(over.destinations().size(), mine);
  return neighbor_exchange<Element>(over, state, parts, routine, where);
}

/// Counts must be one per neighbour, none negative, and add up to what there is.
inline void check_neighbor_counts(const char* routine, const comm_state& state, std::size_t neighbors,
                                  counts_view counts, std::size_t elements, const call_site& where) {
  check_length(routine, state, counts.size(), neighbors, where);
  for (std::size_t i = 0; i != counts.size(); ++i) {
    if (counts.at(i) < 0) {
      throw_argument_error(routine, state.rank, "a count of {}; counts are 0 or more", counts.at(i), where);
    }
  }
  check_length(routine, state, elements, counts.total(), where);
}

/// One object per source, back from its bytes; proc_null gives T{}.
template <class T>
std::vector<T> unpack_neighbors(const topology& over, const gathered<std::byte>& packed) {
  std::vector<T> objects;
  objects.reserve(packed.counts.size());
  const std::byte* at = packed.values.data();
  for (std::size_t i = 0; i != packed.counts.size(); ++i) {
    const auto bytes = static_cast<std::size_t>(packed.counts[i]);
    objects.push_back(over.sources()[i] == proc_null ? T{} : serial::unpack<T>({at, bytes}));
    at += bytes;
  }
  return objects;
}

}  // namespace detail

template <class T, class All, int Level>
void topology::neighbor_allgather_into(const T& mine, All&& all, call_site where) const {
  static_assert(std::is_same_v<detail::element_t<T>, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both sides must hold the same element type");
  auto& state = detail::access::state(*this, "neighbor_allgather_into", where);
  const auto busy = detail::agree<Level, detail::element_t<T>>(state, "neighbor_allgather", where);
  const auto out = detail::view_of(mine);
  const auto in = detail::room_of(all);
  detail::check_length("neighbor_allgather_into", state, detail::element_count(all),
                       detail::element_count(mine) * sources_.size(), where);
  const detail::wire_count wire{out.count, out.type};
  detail::check(MPI_Neighbor_allgather(detail::never_null(out.data), wire.count(), wire.type(),
                                       detail::never_null(in.data), wire.count(), wire.type(), state.comm),
                "MPI_Neighbor_allgather", state, where, mpi_error::context::absent, mpi_error::context::absent,
                out.count);
}

template <class T, int Level>
typename detail::collected<T>::type topology::neighbor_allgather(const T& mine, call_site where) const {
  using Result = typename detail::collected<T>::type;
  detail::require_sendable<T>();
  auto& state = detail::access::state(*this, "neighbor_allgather", where);
  if constexpr (detail::collected<T>::raw) {
    const auto each = detail::element_count(mine);
    Result all(each * sources_.size());
    for (std::size_t i = 0; i != sources_.size(); ++i) {
      if (sources_[i] == proc_null) std::fill_n(all.begin() + i * each, each, typename Result::value_type{});
    }
    neighbor_allgather_into<T, Result&, Level>(mine, all, where);
    return all;
  } else {
    const auto busy = detail::agree<Level, T>(state, "neighbor_allgather", where);
    const auto packed =
        serial::pack<typename detail::collected<T>::owned>(typename detail::collected<T>::packed(mine));
    return detail::unpack_neighbors<typename Result::value_type>(
        *this, detail::neighbor_allgather_unknown<std::byte>(*this, state, detail::view_of(packed),
                                                             "neighbor_allgather", where));
  }
}

template <class Range, int Level>
auto topology::neighbor_allgatherv(const Range& mine, call_site where) const {
  static_assert(plain_range<const Range>,
                "cohort: neighbor_allgatherv joins plain elements; neighbor_allgather takes serialised ones");
  auto& state = detail::access::state(*this, "neighbor_allgatherv", where);
  const auto busy = detail::agree<Level, detail::element_t<Range>>(state, "neighbor_allgatherv", where);
  return detail::neighbor_allgather_unknown<detail::element_t<Range>>(*this, state, detail::view_of(mine),
                                                                      "neighbor_allgatherv", where);
}

template <class Range, class All, int Level>
void topology::neighbor_allgatherv_into(const Range& mine, All&& all, counts_view counts, call_site where) const {
  using Element = detail::element_t<Range>;
  static_assert(std::is_same_v<Element, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both ranges must hold the same element type");
  using Type = datatype<Element>;
  auto& state = detail::access::state(*this, "neighbor_allgatherv_into", where);
  const auto busy = detail::agree<Level, Element>(state, "neighbor_allgatherv", where);
  detail::check_neighbor_counts("neighbor_allgatherv_into", state, sources_.size(), counts, std::ranges::size(all),
                                where);
  // Not MPI_Neighbor_allgatherv: Open MPI 4.1 returns from it at once where nothing is to be received, sending
  // nothing to those who wait, and reads a count for every rank of the communicator.
  const std::vector<detail::view> parts(destinations_.size(), detail::view_of(mine));
  detail::neighbor_messages messages{*this, state, parts, where};
  auto* at = static_cast<Element*>(detail::room_of(all).data);
  for (std::size_t i = 0; i != sources_.size(); ++i) {
    const auto n = static_cast<std::size_t>(counts[i]);
    if (sources_[i] != proc_null && messages.bytes(i) != n * datatype<Element>::wire_size) {
      detail::throw_short_message("neighbor_allgatherv_into", state.rank, messages.bytes(i),
                                  n * datatype<Element>::wire_size, where);
    }
    messages.take(i, {at, n * Type::per_element, Type::type()});
    at += n;
  }
  messages.finish();
}

}  // namespace cohort
