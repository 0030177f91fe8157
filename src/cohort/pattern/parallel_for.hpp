#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/detail/run_loop.hpp>
#include <cohort/pattern/loop_options.hpp>
#include <cohort/pattern/task_error.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>

namespace cohort {

/// Calls f(i) for every i in [0, count), each once, on some rank: a loop that the ranks share.
///
///   cohort::parallel_for(world, n, [&](int i) { simulate(i); });      // every rank, rank 0 works as well
///
/// Every rank must be able to run any index; nothing travels but numbers. Ranks take portions of indices as they
/// get free, large ones first (see dispatch/schedule.hpp), so that ranks which are slower, or meet longer indices,
/// take fewer. Portions are claimed on a counter in the node's memory, for less than a microsecond; other nodes
/// than that of rank 0 ask for several at a time, by messages, before they have used up the last ones. A rank of
/// the first node answers between two indices: where one index takes long, another node may have to wait as long.
///
/// Collective, on the calling thread; returns when all indices have been run. A rank that is through with its own
/// waits asleep. f may use MPI, on another communicator, but must wait for no other index; a loop inside it needs
/// another communicator, such as one of MPI_COMM_SELF. Memory that f writes is the rank's own: where the result
/// should go to one place use parallel_map, or combine afterwards.
///
/// If f throws, the ranks run no further index (each ends the one it is at), and all of them throw the same
/// task_error: of the failures that happened, that of the lowest index. argument_error, on every rank, for options
/// that make no sense or are not the same everywhere.
///
/// Cost of the first call on a communicator: communicators, a page of shared memory. Of each: no MPI call on one
/// node, about 1 us if all ranks come at the same time; an iallreduce between nodes; no allocation.
template <std::integral Count, class Function>
loop_share parallel_for(const communicator& comm, Count count, Function&& f, parallel_for_options options = {},
                        call_site where = call_site::current()) {
  using Index = detail::index_t<Function, Count>;
  static_assert(std::is_invocable_v<Function&, Index>, "cohort: parallel_for's function must take one index");
  detail::shared_loop loop{comm, "parallel_for",
                           detail::plan_of<Index>(comm, "parallel_for", count, options.schedule, options.chunk,
                                                  options.node_size, where),
                           options.node_size, where};
  detail::run_loop(
      loop, [](const detail::unit_range&) {}, [&](std::uint64_t i) { std::invoke(f, static_cast<Index>(i)); });
  return {loop.ran(), std::chrono::duration<double>(loop.busy()).count()};
}

}  // namespace cohort
