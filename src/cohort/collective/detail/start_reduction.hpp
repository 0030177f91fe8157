#pragma once

#include <cohort/collective/detail/large_reduction.hpp>
#include <cohort/collective/detail/reduction.hpp>
#include <cohort/collective/detail/start.hpp>

namespace cohort::detail {

/// The request of a reduction that owns its result. `begin(from, to, n)` starts it; from is MPI_IN_PLACE where the
/// result lies in the memory of what was given. A borrowed range needs other memory, of `room` elements.
template <class T, class Begin>
auto own_reduction(T&& mine, std::size_t room, Begin&& begin) {
  using Bare = std::remove_cvref_t<T>;
  using Element = element_t<Bare>;
  if constexpr (shape_of<Bare> == shape::value) {
    return request<Bare>{Bare(mine), [&](Bare& place) { return begin(MPI_IN_PLACE, &place, std::size_t{1}); }};
  } else if constexpr (std::is_lvalue_reference_v<T> || is_view<Bare>) {
    return request<buffer<Element>>{buffer<Element>(room), [&](buffer<Element>& place) {
                                      return begin(view_of(mine).data, place.data(), element_count(mine));
                                    }};
  } else {
    static_assert(shape_of<Bare> == shape::growing,
                  "cohort: a non-blocking collective borrows its arguments until it is complete, and a temporary "
                  "would be gone; give it a name");
    return request<Bare>{Bare(std::forward<T>(mine)), [&](Bare& place) {
                           return begin(MPI_IN_PLACE, std::ranges::data(place), std::ranges::size(place));
                         }};
  }
}

template <class T, class Result>
void require_reduction_into() {
  require_reducible<std::remove_cvref_t<T>>();
  require_borrowed<T, Result>();
  require_same_elements<T, Result>();
}

}  // namespace cohort::detail
