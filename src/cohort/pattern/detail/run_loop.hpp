#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/mpi_error.hpp>
#include <cohort/pattern/detail/call_traits.hpp>
#include <cohort/pattern/detail/shared_loop.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace cohort::detail {

/// What a function of an index is called with: its own type of integer if that can be told, else that of the count.
template <class Function, class Count>
using index_t =
    std::conditional_t<std::is_integral_v<typename first_parameter<std::remove_cvref_t<Function>>::type>,
                       typename first_parameter<std::remove_cvref_t<Function>>::type, Count>;

/// Checks what was passed; the same on every rank, so all of them throw.
template <class Index, std::integral Count>
loop_plan plan_of(const communicator& comm, const char* routine, Count count, dispatch::schedule how,
                  std::uint64_t chunk, int node_size, const call_site& where) {
  const int rank = access::state(comm, routine, where).rank;
  if constexpr (std::is_signed_v<Count>) {
    if (count < 0) {
      throw_argument_error(routine, rank, "{} indices (there can be no fewer than none); pass 0 or more",
                           static_cast<long long>(count), where);
    }
  }
  const auto n = static_cast<std::uint64_t>(count);
  if (n != 0 && n - 1 > static_cast<std::uint64_t>(std::numeric_limits<Index>::max())) {
    throw_argument_error(routine, rank, "{} indices do not fit the function's parameter; give it a wider type",
                         static_cast<long long>(count), where);
  }
  if (chunk == 0) {
    throw_argument_error(routine, rank, "chunk is {} (portions would have no index); pass at least 1", 0, where);
  }
  if (node_size < 0) {
    throw_argument_error(routine, rank, "node_size is {} (it is a number of ranks); pass 0 for all of a node",
                         node_size, where);
  }
  return {.how = how, .count = n, .unit = std::min(chunk, std::max<std::uint64_t>(n, 1))};
}

/// Runs body(index) for each of [first, stop); false if one threw.
template <class Body>
bool run_stride(shared_loop& loop, std::uint64_t first, std::uint64_t stop, Body& body) {
  std::uint64_t i = first;
  try {
    for (; i != stop; ++i) body(i);
    return true;
  } catch (...) {
    loop.fail(i);
    return false;
  }
}

/// Runs this rank's share of a loop: before(portion), then body(index) for each of its indices. Collective; waits
/// for all ranks. Throws task_error on every rank if anything threw on any.
template <class Before, class Body>
void run_loop(shared_loop& loop, Before&& before, Body&& body) {
  bool more = true;
  while (more) {
    const auto portion = loop.next();
    if (!portion) break;
    auto prepare = [&](std::uint64_t) { before(*portion); };
    more = run_stride(loop, portion->begin, portion->begin + 1, prepare);
    for (auto first = portion->begin; more && first != portion->end;) {
      const auto stop = std::min(portion->end, first + loop.stride());
      more = run_stride(loop, first, stop, body) && loop.proceed(stop - first);
      first = stop;
    }
  }
  loop.finish();
}

}  // namespace cohort::detail
