#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/topology/detail/halo_exchange.hpp>
#include <cohort/core/datatype.hpp>

namespace cohort {

template <class T, std::size_t N, int Level>
void cartesian::exchange_halo(const grid_view<T, N>& array, halo_options options, call_site where) const {
  static_assert(!std::is_const_v<T>, "cohort: a halo is written to; give a grid_view of elements that may change");
  static_assert(plain<std::remove_const_t<T>>, "cohort: halos of plain elements alone can be exchanged");
  auto& state = detail::access::state(*this, "exchange_halo", where);
  const auto busy = detail::agree<Level, T>(state, "exchange_halo", where);
  detail::halo_exchange exchange{*this, state, {array.extents(), array.halo(), sizeof(T), options.corners}, where};
  exchange.run(reinterpret_cast<std::byte*>(array.data()));
}

}  // namespace cohort
