#pragma once

#include <cohort/collective/alltoallv.hpp>
#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/equal_blocks.hpp>
#include <cohort/collective/detail/unpack_all.hpp>

namespace cohort {

template <class Range, class All>
void collective_operations::alltoall_into(const Range& values, All&& all, call_site where) const {
  static_assert(plain_range<const Range>, "cohort: alltoall_into takes a range of plain elements");
  static_assert(std::is_same_v<detail::element_t<Range>, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both ranges must hold the same element type");
  auto& state = detail::access::state(*this, "alltoall_into", where);
  const auto busy = detail::agree<check_level, detail::element_t<Range>>(
      state, "alltoall", where, {.count = detail::same_count(std::ranges::size(values))});
  const auto each = detail::equal_blocks("alltoall_into", state, std::ranges::size(values), where);
  detail::check_length("alltoall_into", state, detail::element_count(all), std::ranges::size(values), where);
  const auto out = detail::view_of(values);
  const detail::wire_count wire{out.count / static_cast<std::size_t>(state.size), out.type};
  detail::check(MPI_Alltoall(out.data, wire.count(), wire.type(), detail::room_of(all).data, wire.count(),
                             wire.type(), state.comm),
                "MPI_Alltoall", state, where, mpi_error::context::absent, mpi_error::context::absent, each);
}

template <class Range>
auto collective_operations::alltoall(const Range& values, call_site where) const {
  if constexpr (plain_range<const Range>) {
    buffer<detail::element_t<Range>> all(std::ranges::size(values));
    alltoall_into(values, all, where);
    return all;
  } else {
    static_assert(std::ranges::forward_range<const Range> && std::ranges::sized_range<const Range>,
                  "cohort: alltoall takes a range: one element, or one equal block, for each rank");
    using Object = std::ranges::range_value_t<const Range>;
    auto& state = detail::access::state(*this, "alltoall", where);
    const auto busy = detail::agree<check_level, Object>(state, "alltoall", where);
    detail::check_length("alltoall", state, std::ranges::size(values), static_cast<std::size_t>(state.size), where);
    std::vector<std::size_t> counts;
    counts.reserve(static_cast<std::size_t>(state.size));
    for (const auto& object : values) {
      counts.push_back(serial::packed_size<Object>(object));
    }
    buffer<std::byte> packed(counts_view{counts}.total());
    std::byte* at = packed.data();
    for (const auto& object : values) at = serial::pack_to<Object>(at, object);
    return detail::unpack_all<Object>(detail::alltoall_unknown<std::byte>(state, packed.data(), counts, where),
                                      "alltoall", state, where);
  }
}

template <class Range>
void collective_operations::alltoall_in_place(Range&& values, call_site where) const {
  static_assert(plain_range<std::remove_cvref_t<Range>>,
                "cohort: alltoall_in_place takes a range of plain elements");
  auto& state = detail::access::state(*this, "alltoall_in_place", where);
  const auto busy = detail::agree<check_level, detail::element_t<std::remove_cvref_t<Range>>>(
      state, "alltoall", where, {.count = detail::same_count(std::ranges::size(values))});
  const auto each = detail::equal_blocks("alltoall_in_place", state, std::ranges::size(values), where);
  const auto room = detail::room_of(values);
  const detail::wire_count wire{room.count / static_cast<std::size_t>(state.size), room.type};
  detail::check(MPI_Alltoall(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, room.data, wire.count(), wire.type(), state.comm),
                "MPI_Alltoall", state, where, mpi_error::context::absent, mpi_error::context::absent, each);
}

}  // namespace cohort
