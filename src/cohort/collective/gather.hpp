#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/equal_blocks.hpp>
#include <cohort/collective/detail/unpack_all.hpp>
#include <cohort/collective/gatherv.hpp>

namespace cohort {

template <class T, class All>
void collective_operations::gather_into(const T& mine, All&& all, rooted at, call_site where) const {
  static_assert(std::is_same_v<detail::element_t<T>, detail::element_t<std::remove_cvref_t<All>>>,
                "cohort: both sides must hold the same element type");
  auto& state = detail::access::state(*this, "gather_into", where);
  const auto busy = detail::agree<check_level, detail::element_t<T>>(
      state, "gather", where, {.root = at.root, .count = detail::same_count(detail::element_count(mine))});
  detail::check_root("gather_into", state, at.root, where);
  const auto out = detail::view_of(mine);
  const auto in = detail::room_of(all);
  if (state.rank == at.root) {
    detail::check_length("gather_into", state, detail::element_count(all),
                         detail::element_count(mine) * static_cast<std::size_t>(state.size), where);
  }
  const detail::wire_count wire{out.count, out.type};
  detail::check(
      MPI_Gather(out.data, wire.count(), wire.type(), in.data, wire.count(), wire.type(), at.root, state.comm),
      "MPI_Gather", state, where, at.root, mpi_error::context::absent, out.count);
}

template <class T>
typename detail::collected<T>::type collective_operations::gather(const T& mine, rooted at, call_site where) const {
  using Result = typename detail::collected<T>::type;
  detail::require_sendable<T>();
  auto& state = detail::access::state(*this, "gather", where);
  constexpr int agreed = detail::collected<T>::raw ? 0 : check_level;  // there, by the form that it calls
  const auto busy =
      detail::agree<agreed, typename detail::collected<T>::owned>(state, "gather", where, {.root = at.root});
  detail::check_root("gather", state, at.root, where);
  if constexpr (detail::collected<T>::raw) {
    const auto each = detail::element_count(mine);
    Result all(state.rank == at.root ? each * static_cast<std::size_t>(state.size) : 0);
    gather_into(mine, all, at, where);
    return all;
  } else {
    const auto packed =
        serial::pack<typename detail::collected<T>::owned>(typename detail::collected<T>::packed(mine));
    return detail::unpack_all<typename Result::value_type>(
        detail::gather_unknown(state, packed.data(), packed.size(), at.root, where), "gather", state, where);
  }
}

template <class T>
void collective_operations::gather_in_place(T&& values, rooted at, call_site where) const {
  static_assert(detail::shape_of<std::remove_cvref_t<T>> != detail::shape::object,
                "cohort: gather_in_place takes plain values and ranges of them");
  auto& state = detail::access::state(*this, "gather_in_place", where);
  const auto busy = detail::agree<check_level, detail::element_t<std::remove_cvref_t<T>>>(
      state, "gather", where,
      {.root = at.root,
       .count = detail::same_count(state.rank == at.root
                                       ? detail::element_count(values) / static_cast<std::size_t>(state.size)
                                       : detail::element_count(values))});
  detail::check_root("gather_in_place", state, at.root, where);
  const auto memory = detail::room_of(values);
  const bool root = state.rank == at.root;
  const auto n = detail::element_count(values);
  const auto each = root ? detail::equal_blocks("gather_in_place", state, n, where) : n;
  const detail::wire_count wire{root ? memory.count / static_cast<std::size_t>(state.size) : memory.count,
                                memory.type};
  detail::check(MPI_Gather(root ? MPI_IN_PLACE : memory.data, wire.count(), wire.type(),
                           root ? memory.data : nullptr, wire.count(), wire.type(), at.root, state.comm),
                "MPI_Gather", state, where, at.root, mpi_error::context::absent, each);
}

}  // namespace cohort
