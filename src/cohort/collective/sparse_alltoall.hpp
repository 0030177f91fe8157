#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/sparse_exchange.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/status.hpp>
#include <cohort/serial/pack.hpp>

#include <concepts>
#include <deque>
#include <map>
#include <ranges>
#include <string>
#include <tuple>
#include <utility>

namespace cohort {
namespace detail {

/// Pairs of a destination and data.
template <class R>
concept addressed = std::ranges::forward_range<R> && requires(const std::ranges::range_value_t<R>& each) {
  requires std::tuple_size<std::ranges::range_value_t<R>>::value == 2;
  { std::get<0>(each) } -> std::convertible_to<int>;
};

/// What data of type T arrives as.
template <class T>
struct delivered {
  using type = T;
};
template <class T>
requires(shape_of<T> == shape::range || shape_of<T> == shape::growing) struct delivered<T> {
  using type = std::conditional_t<is_text<T>, std::string, buffer<element_t<T>>>;
};

/// Gives `object` the size of a message of `bytes` bytes and tells its memory.
template <class T>
view room_for(T& object, std::size_t bytes, const char* routine, const comm_state& state, const call_site& where) {
  if constexpr (shape_of<T> == shape::value) {
    constexpr auto wanted = datatype<T>::wire_size;
    if (bytes != wanted) throw_short_message(routine, state.rank, bytes, wanted, where);
  } else {
    constexpr auto each = datatype<element_t<T>>::wire_size;
    if (bytes % each != 0) throw_short_message(routine, state.rank, bytes, each, where);
    set_size(object, bytes / each);
  }
  return room_of(object);
}

}  // namespace detail

template <class Messages>
auto collective_operations::sparse_alltoall(const Messages& messages, call_site where) const {
  static_assert(detail::addressed<const Messages>,
                "cohort: sparse_alltoall takes pairs of destination and data, such as std::map<int, std::string>");
  static_assert(
      std::is_lvalue_reference_v<std::ranges::range_reference_t<const Messages>>,
      "cohort: sparse_alltoall borrows its data, and these pairs are made on the fly; collect them first");
  using Data = std::remove_cvref_t<std::tuple_element_t<1, std::ranges::range_value_t<const Messages>>>;
  detail::require_sendable<Data>();
  constexpr bool packs = detail::shape_of<Data> == detail::shape::object;
  using Result = typename detail::delivered<Data>::type;
  static_assert(std::is_default_constructible_v<Result>,
                "cohort: what sparse_alltoall delivers needs a default constructor");
  auto& state = detail::access::state(*this, "sparse_alltoall", where);
  const auto busy = detail::agree<check_level, Data>(state, "sparse_alltoall", where);

  std::vector<detail::parcel> parcels;
  std::deque<buffer<std::byte>> packed;
  for (const auto& [dest, data] : messages) {
    if constexpr (packs) {
      const auto& bytes = packed.emplace_back(serial::pack(data));
      parcels.push_back({static_cast<int>(dest), detail::view_of(bytes), bytes.size()});
    } else {
      const auto bytes = detail::element_count(data) * sizeof(detail::element_t<Data>);
      parcels.push_back({static_cast<int>(dest), detail::view_of(data), bytes});
    }
  }
  detail::check_parcels(state, parcels, where);

  std::map<int, Result> came;
  if constexpr (packs) {
    for (const auto& [source, bytes] : detail::sparse_exchange(state, parcels, where)) {
      serial::unpack_into(std::span<const std::byte>{bytes.data(), bytes.size()}, came[source]);
    }
  } else {
    detail::sparse_exchange(
        state, parcels,
        [&](int source, std::size_t bytes) {
          return detail::room_for(came[source], bytes, "sparse_alltoall", state, where);
        },
        where);
  }
  return came;
}

}  // namespace cohort
