#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/pattern/divide/detail/engine.hpp>
#include <cohort/pattern/divide/detail/functions.hpp>
#include <cohort/pattern/divide/divide_error.hpp>
#include <cohort/pattern/divide/options.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace cohort {

/// Solves the root's `problem` by splitting it until the pieces are simple, on all ranks. Collective; returns the
/// result on the root (options.root, rank 0 by default), nothing on the other ranks, where `problem` is ignored.
///
///   auto sorted = cohort::divide_and_conquer(
///       world, numbers,                                            // std::vector<int>: a problem P
///       [](const auto& p) { return p.size() > 1; },                // bool divisible(const P&)
///       split_in_halves,                                           // any range of P: split(P)
///       [](auto p) { return p; },                                  // R solve(P)
///       merge_halves);                                             // R merge(std::vector<R>)
///
/// merge gets the results of split's pieces, in the order of the pieces, whoever solved them; none, if split gave
/// none. If it has the parameters (const P&, std::vector<R>), it sees the problem as well, which is kept for it;
/// split then gets it const, too. The functions are called in the calling thread; each rank calls its own, so they
/// may hold anything, and they must not communicate on `comm`. P and R are any types that can be sent, with default
/// constructors; both may be movable only.
///
/// Work stealing: a rank works depth first, as a recursion would. One that has nothing asks others, chosen at
/// random, and gets the oldest pieces that a rank has not begun, which are the largest: half of those of a problem.
/// Their results travel back to where the problem was split, which merges them. How long problems of each depth
/// take is measured, and pieces that are expected to take less than options.cutoff, or not longer than handing them
/// over, are not handed over alone: below some depth all stays on one rank. A rank answers between two of the
/// user's calls, about every 100 us, and before it calls solve() with what may take long: others then get half of
/// what it has before, but what it does not have before, they do not get until that call has returned. Idle ranks
/// sleep.
///
/// No depth of recursion is too great: what waits is kept on the heap, some 200 bytes (with the pieces of a
/// problem) for each problem that was begun and has no result yet. Cost of the call: a duplicate of the
/// communicator, one iallreduce and a message to each rank at the end, and for each handing over a request, a
/// message with the problems, and one with results; with one rank no message at all.
///
/// If any of the functions throws on a rank, the others end what they are at, and every rank throws divide_error;
/// work that others had done is lost. argument_error, on every rank, for options that make no sense.
template <class P, class Divisible, class Split, class Solve, class Merge>
[[nodiscard]] auto divide_and_conquer(const communicator& comm, P problem, Divisible divisible, Split split,
                                      Solve solve, Merge merge, const divide_options& options = {},
                                      call_site where = call_site::current()) {
  using functions = detail::divide_functions<P, Divisible, Split, Solve, Merge>;
  detail::require_sendable<P>();
  detail::require_sendable<typename functions::result_type>();
  detail::divide_engine<functions> engine{comm, functions{divisible, split, solve, merge}, options, where};
  return engine.run(std::move(problem));
}

/// Without merge() the results could not be joined.
template <class P, class Divisible, class Split, class Solve>
void divide_and_conquer(const communicator&, P, Divisible, Split, Solve, const divide_options& = {}) {
  static_assert(serial::detail::never<P>,
                "cohort: divide_and_conquer's merge is missing; pass divisible, split, solve and merge");
}

}  // namespace cohort
