#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/core/request.hpp>

#include <span>
#include <type_traits>
#include <utility>

namespace cohort::detail {

/// Starts a collective operation: `call(&raw)` is the MPI call.
template <class Call>
pending start(const comm_state& state, const char* routine, const call_site& where, int root, Call&& call) {
  MPI_Request raw = MPI_REQUEST_NULL;
  check(call(&raw), routine, state, where, root);
  return {raw,
          {.routine = routine,
           .rank = state.rank,
           .peer = root,
           .tag = mpi_error::context::absent,
           .where = where,
           .receives = false,
           .collective = true}};
}
template <class Call>
pending start(const comm_state& state, const char* routine, const call_site& where, Call&& call) {
  return start(state, routine, where, mpi_error::context::absent, std::forward<Call>(call));
}

/// What a non-blocking operation borrows must outlive the call, and be memory that MPI can use as it lies.
template <class... Ts>
constexpr void require_borrowed() {
  static_assert(((shape_of<std::remove_cvref_t<Ts>> != shape::object) && ...),
                "cohort: non-blocking collectives take plain values and ranges of them; use the blocking form for "
                "serialised objects");
  static_assert(
      ((std::is_lvalue_reference_v<Ts> || is_view<std::remove_cvref_t<Ts>>)&&...),
      "cohort: a non-blocking collective borrows its arguments until it is complete, and a temporary would "
      "be gone; give it a name");
}
template <class T, class U>
constexpr void require_same_elements() {
  static_assert(std::is_same_v<element_t<std::remove_cvref_t<T>>, element_t<std::remove_cvref_t<U>>>,
                "cohort: both sides must hold the same element type");
}

/// Counts and offsets, in MPI elements, of blocks that lie one behind the other, in memory that a request can keep:
/// MPI may read such arrays until the operation is complete. Room for `layouts` of them, each filled by add().
class kept_layouts {
 public:
  kept_layouts(std::size_t ranks, std::size_t layouts)
      : memory_(2 * ranks * layouts * sizeof(int)), next_{reinterpret_cast<int*>(memory_.data())} {}

  struct arrays {
    const int* counts;
    const int* offsets;
  };
  arrays add(counts_view elements, std::size_t per_element, const char* routine) {
    int* const counts = next_;
    int* const offsets = next_ + elements.size();
    std::size_t at = 0;
    for (std::size_t r = 0; r != elements.size(); ++r) {
      const auto n = static_cast<std::size_t>(elements[r]) * per_element;
      counts[r] = narrow_count(n, routine);
      offsets[r] = narrow_count(at, routine);
      at += n;
    }
    next_ = offsets + elements.size();
    return {counts, offsets};
  }
  [[nodiscard]] buffer<std::byte> release() && noexcept { return std::move(memory_); }

 private:
  buffer<std::byte> memory_;
  int* next_;
};

}  // namespace cohort::detail
