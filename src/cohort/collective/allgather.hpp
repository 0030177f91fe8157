#pragma once

#include <cohort/collective/allgatherv.hpp>
#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/equal_blocks.hpp>
#include <cohort/collective/detail/unpack_all.hpp>

namespace cohort {

template <class T, class All>
void collective_operations::allgather_into(const T& mine, All&& all, call_site where) const {
  static_assert(std::is_same_v<detail::element_t<T>, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both sides must hold the same element type");
  auto& state = detail::access::state(*this, "allgather_into", where);
  const auto busy = detail::agree<check_level, detail::element_t<T>>(
      state, "allgather", where, {.count = detail::same_count(detail::element_count(mine))});
  const auto out = detail::view_of(mine);
  const auto in = detail::room_of(all);
  detail::check_length("allgather_into", state, detail::element_count(all),
                       detail::element_count(mine) * static_cast<std::size_t>(state.size), where);
  const detail::wire_count wire{out.count, out.type};
  detail::check(MPI_Allgather(out.data, wire.count(), wire.type(), in.data, wire.count(), wire.type(), state.comm),
                "MPI_Allgather", state, where, mpi_error::context::absent, mpi_error::context::absent, out.count);
}

template <class T>
typename detail::collected<T>::type collective_operations::allgather(const T& mine, call_site where) const {
  using Result = typename detail::collected<T>::type;
  detail::require_sendable<T>();
  auto& state = detail::access::state(*this, "allgather", where);
  constexpr int agreed = detail::collected<T>::raw ? 0 : check_level;  // there, by the form that it calls
  const auto busy = detail::agree<agreed, typename detail::collected<T>::owned>(state, "allgather", where);
  if constexpr (detail::collected<T>::raw) {
    const auto each = detail::element_count(mine);
    Result all(each * static_cast<std::size_t>(state.size));
    allgather_into(mine, all, where);
    return all;
  } else {
    const auto packed =
        serial::pack<typename detail::collected<T>::owned>(typename detail::collected<T>::packed(mine));
    return detail::unpack_all<typename Result::value_type>(
        detail::allgather_unknown(state, packed.data(), packed.size(), where), "allgather", state, where);
  }
}

template <class Range>
void collective_operations::allgather_in_place(Range&& all, call_site where) const {
  static_assert(plain_range<std::remove_cvref_t<Range>>,
                "cohort: allgather_in_place takes a range of plain elements");
  auto& state = detail::access::state(*this, "allgather_in_place", where);
  const auto busy = detail::agree<check_level, detail::element_t<std::remove_cvref_t<Range>>>(
      state, "allgather", where,
      {.count = detail::same_count(std::ranges::size(all) / static_cast<std::size_t>(state.size))});
  const auto each = detail::equal_blocks("allgather_in_place", state, std::ranges::size(all), where);
  const auto room = detail::room_of(all);
  const detail::wire_count wire{room.count / static_cast<std::size_t>(state.size), room.type};
  detail::check(MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, room.data, wire.count(), wire.type(), state.comm),
                "MPI_Allgather", state, where, mpi_error::context::absent, mpi_error::context::absent, each);
}

}  // namespace cohort
