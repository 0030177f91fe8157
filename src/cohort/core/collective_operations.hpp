#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/counts_view.hpp>
#include <cohort/core/detail/check_level.hpp>
#include <cohort/core/options.hpp>

#include <span>
#include <type_traits>

namespace cohort {

template <class T>
struct gathered;
namespace detail {
template <class T>
struct collected;
}

inline namespace COHORT_CHECKED {

/// What all ranks of a communicator do together: every rank calls them, in the same order. The table of contents of
/// collective/, one header per operation. With COHORT_CHECK_LEVEL=1 (see detail/check_level.hpp) the ranks' calls
/// are compared first, and an argument_error on every rank tells which of them differs and how. The part of
/// communicator that lists them; not for use by itself.
class collective_operations {
 public:
  /// For detail::access: see checks_threads.
  static constexpr bool checked = check_level > 0;

  /// collective/barrier.hpp. Returns when every rank has come here.
  void barrier(call_site where = call_site::current()) const;

  /// collective/bcast.hpp. Copies the root's `value` to every rank. Plain values and spans: one MPI_Bcast (the same
  /// length everywhere). Containers are resized to the root's length, which travels with the first 176 bytes in
  /// one call; a second one follows if there is more. Other types are serialised, the same way.
  template <class T>
  void bcast(T& value, rooted at = {}, call_site where = call_site::current()) const;
  /// The same, returning the value: auto n = world.bcast(rank == 0 ? read() : 0).
  template <class T>
  requires(!std::is_lvalue_reference_v<T>) auto bcast(T&& value, rooted at = {},
                                                      call_site where = call_site::current()) const;

  /// collective/scatter.hpp. Deals `whole` (which counts on the root only) out in blocks of consecutive elements:
  /// each rank n / size() of them, the first n % size() ranks one more. Up to 176 bytes per rank one call, else
  /// two.
  template <class Range>
  [[nodiscard]] auto scatter(const Range& whole, rooted at = {}, call_site where = call_site::current()) const;
  /// Deals out equal blocks as long as `part`: one MPI_Scatter, no allocation.
  template <class Range, class Part>
  void scatter_into(const Range& whole, Part&& part, rooted at = {}, call_site where = call_site::current()) const;
  /// The root's `values` are the whole, of which its own block stays in place; another rank's are the room for its
  /// block. One MPI_Scatter, no allocation.
  template <class T>
  void scatter_in_place(T&& values, rooted at = {}, call_site where = call_site::current()) const;
  /// collective/scatterv.hpp. Deals out counts[r] elements to rank r; both arguments count on the root only.
  ///
  /// The uneven collectives (scatterv, gatherv, allgatherv and their forms into memory) carry any length: what is
  /// too long for MPI's int counts goes as messages on a duplicate of this communicator, made at the first need.
  /// gatherv, gatherv_into and scatterv_into make it at their first call, since not every rank can see the need.
  template <class Range>
  [[nodiscard]] auto scatterv(const Range& whole, counts_view counts, rooted at = {},
                              call_site where = call_site::current()) const;
  /// Every rank knows how much it gets: one MPI_Scatterv (blocks beyond 2^31 / size() go as messages). Allocates
  /// displacements on the root.
  template <class Range, class Part>
  void scatterv_into(const Range& whole, counts_view counts, Part&& part, rooted at = {},
                     call_site where = call_site::current()) const;

  /// collective/gather.hpp. One thing of each rank, in the order of ranks, on the root (empty elsewhere). Values
  /// and ranges of one length everywhere: one MPI_Gather, a buffer. Other types, text too: serialised, a
  /// std::vector.
  template <class T>
  [[nodiscard]] typename detail::collected<T>::type gather(const T& mine, rooted at = {},
                                                           call_site where = call_site::current()) const;
  /// One MPI_Gather into memory of the root, no allocation. `all` counts on the root only.
  template <class T, class All>
  void gather_into(const T& mine, All&& all, rooted at = {}, call_site where = call_site::current()) const;
  /// The root's `values` are the room for all blocks, with its own already in place; another rank's are its block.
  /// One MPI_Gather, no allocation.
  template <class T>
  void gather_in_place(T&& values, rooted at = {}, call_site where = call_site::current()) const;
  /// collective/gatherv.hpp. Ranges of any length, joined on the root: auto [values, counts] = world.gatherv(mine).
  /// Contributions of up to 32 bytes ride along with the counts in one call; of longer ones each takes one message
  /// more.
  template <class Range>
  [[nodiscard]] auto gatherv(const Range& mine, rooted at = {}, call_site where = call_site::current()) const;
  /// The root knows the counts: one MPI_Gatherv (blocks beyond 2^31 / size() go as messages).
  template <class Range, class All>
  void gatherv_into(const Range& mine, All&& all, counts_view counts, rooted at = {},
                    call_site where = call_site::current()) const;

  /// collective/allgather.hpp. As gather, on every rank.
  template <class T>
  [[nodiscard]] typename detail::collected<T>::type allgather(const T& mine,
                                                              call_site where = call_site::current()) const;
  template <class T, class All>
  void allgather_into(const T& mine, All&& all, call_site where = call_site::current()) const;
  /// `all` is the room for all blocks, with this rank's already in place. One MPI_Allgather, no allocation.
  template <class Range>
  void allgather_in_place(Range&& all, call_site where = call_site::current()) const;
  /// collective/allgatherv.hpp. As gatherv, on every rank.
  template <class Range>
  [[nodiscard]] auto allgatherv(const Range& mine, call_site where = call_site::current()) const;
  template <class Range, class All>
  void allgatherv_into(const Range& mine, All&& all, counts_view counts,
                       call_site where = call_site::current()) const;

  /// collective/alltoall.hpp. Block r of `values` goes to rank r, and the blocks that came are returned in the
  /// order of ranks. Plain elements, all blocks of one length everywhere (one element each if there are size() of
  /// them): one MPI_Alltoall, a buffer. Other types: one object for each rank, serialised on its own, at the cost
  /// of alltoallv; a std::vector. Throws argument_error if the length is no multiple of size() (objects: not
  /// size()).
  template <class Range>
  [[nodiscard]] auto alltoall(const Range& values, call_site where = call_site::current()) const;
  /// One MPI_Alltoall into memory of the caller, no allocation.
  template <class Range, class All>
  void alltoall_into(const Range& values, All&& all, call_site where = call_site::current()) const;
  /// `values` is both: the blocks that leave, then those that came. One MPI_Alltoall.
  template <class Range>
  void alltoall_in_place(Range&& values, call_site where = call_site::current()) const;
  /// collective/alltoallv.hpp. Row r, of any length, goes to rank r: auto [values, counts] = world.alltoallv(rows).
  /// A row is any contiguous range of plain elements. Blocks of up to 184 bytes ride along with the counts in one
  /// MPI_Alltoall; longer ones follow in an MPI_Alltoallv, for which rows are copied together.
  template <class Rows>
  [[nodiscard]] auto alltoallv(const Rows& rows, call_site where = call_site::current()) const;
  /// The same for blocks that lie one behind the other, counts[r] elements for rank r; nothing is copied together.
  template <class Range>
  [[nodiscard]] auto alltoallv(const Range& values, counts_view counts,
                               call_site where = call_site::current()) const;
  /// Every rank knows how much comes from whom: one MPI_Alltoallv (blocks beyond 2^31 / size() go as messages).
  /// Allocates displacements.
  template <class Range, class All>
  void alltoallv_into(const Range& values, counts_view counts, All&& all, counts_view receive_counts,
                      call_site where = call_site::current()) const;

  /// collective/reduce.hpp. Combines the ranks' values (ranges: element by element) with `op`; the root gets the
  /// result, a std::optional<T> that is empty elsewhere (ranges: a buffer). std::plus and friends are MPI's
  /// builtins; any stateless callable of two elements works, and is taken as associative but not commutative unless
  /// it says so.
  ///
  /// A std::string, a map or another object that is serialised is one value: `op` (any callable, also one that
  /// holds something) is called with two of them and returns one; ranks keep their order, so std::plus joins
  /// strings. About log2(size) messages one after the other, each of a partial result. The same holds for
  /// allreduce, scan and exscan; the forms into memory of the caller take plain elements only.
  template <class T, class Op>
  [[nodiscard]] auto reduce(const T& mine, Op op, rooted at = {}, call_site where = call_site::current()) const;
  /// One MPI_Reduce into memory of the root, no allocation. `result` counts on the root only.
  template <class T, class Result, class Op>
  void reduce_into(const T& mine, Result&& result, Op op, rooted at = {},
                   call_site where = call_site::current()) const;
  /// The root's `values` are both: what it gives and what it gets; another rank's are left as they are.
  template <class T, class Op>
  void reduce_in_place(T&& values, Op op, rooted at = {}, call_site where = call_site::current()) const;
  /// collective/allreduce.hpp. As reduce, on every rank: the same T (ranges: a buffer).
  template <class T, class Op>
  [[nodiscard]] auto allreduce(const T& mine, Op op, call_site where = call_site::current()) const;
  template <class T, class Result, class Op>
  void allreduce_into(const T& mine, Result&& result, Op op, call_site where = call_site::current()) const;
  /// `values` is both: what this rank gives and what it gets.
  template <class T, class Op>
  void allreduce_in_place(T&& values, Op op, call_site where = call_site::current()) const;

  /// collective/scan.hpp. Combines the values of ranks 0 to this one, in their order (ranges: element by element, a
  /// buffer). One MPI_Scan.
  template <class T, class Op>
  [[nodiscard]] auto scan(const T& mine, Op op, call_site where = call_site::current()) const;
  template <class T, class Result, class Op>
  void scan_into(const T& mine, Result&& result, Op op, call_site where = call_site::current()) const;
  template <class T, class Op>
  void scan_in_place(T&& values, Op op, call_site where = call_site::current()) const;
  /// collective/exscan.hpp. The same without this rank's own value, so rank 0 gets nothing: an empty
  /// std::optional<T> (ranges: an empty buffer). One MPI_Exscan.
  template <class T, class Op>
  [[nodiscard]] auto exscan(const T& mine, Op op, call_site where = call_site::current()) const;
  /// Rank 0's `result` (or `values`) is left as it is. @{
  template <class T, class Result, class Op>
  void exscan_into(const T& mine, Result&& result, Op op, call_site where = call_site::current()) const;
  template <class T, class Op>
  void exscan_in_place(T&& values, Op op, call_site where = call_site::current()) const;
  /// @}

  /// collective/reduce_scatter.hpp. Combines the ranks' ranges element by element and deals the result out in equal
  /// blocks; this rank's as a buffer. One MPI_Reduce_scatter_block (of more than 2^31 elements: MPI_Reduce for each
  /// rank). Throws argument_error if the length is no
  /// multiple of size().
  template <class Range, class Op>
  [[nodiscard]] auto reduce_scatter(const Range& values, Op op, call_site where = call_site::current()) const;
  template <class Range, class Part, class Op>
  void reduce_scatter_into(const Range& values, Part&& part, Op op, call_site where = call_site::current()) const;
  /// This rank's block comes to the front of `values`; the rest of them is undefined.
  template <class Range, class Op>
  void reduce_scatter_in_place(Range&& values, Op op, call_site where = call_site::current()) const;
  /// The same with counts[r] elements for rank r (the same counts everywhere). One MPI_Reduce_scatter. @{
  template <class Range, class Op>
  [[nodiscard]] auto reduce_scatter(const Range& values, std::span<const int> counts, Op op,
                                    call_site where = call_site::current()) const;
  template <class Range, class Part, class Op>
  void reduce_scatter_into(const Range& values, std::span<const int> counts, Part&& part, Op op,
                           call_site where = call_site::current()) const;
  template <class Range, class Op>
  void reduce_scatter_in_place(Range&& values, std::span<const int> counts, Op op,
                               call_site where = call_site::current()) const;
  /// @}

  /// collective/reproducible.hpp. Combines a sequence of which each rank holds consecutive elements (any number,
  /// none too), in the order of ranks, with the same bits whatever the number of ranks and the distribution: along
  /// a binary tree over the index in the whole sequence. A std::optional of the element, empty off the root, and if
  /// the sequence is. `op` is any callable of two elements, with state too, the same on every rank; it need be
  /// neither associative nor commutative. Two calls (MPI_Allgather of the lengths, MPI_Gatherv or MPI_Allgatherv);
  /// a rank sends at most 2 log2(n) elements. Compile without -ffast-math; an `op` that multiplies and adds also
  /// with -ffp-contract=off.
  ///
  /// Each rank reduces the largest aligned subtrees in its part, and those are joined along the same tree: Stelz,
  /// "Core-Count Independent Reproducible Reduce" (Karlsruhe Institute of Technology, 2022). Why sums differ at
  /// all, and other remedies: Demmel and Nguyen, "Fast Reproducible Floating-Point Summation" (ARITH 2013). @{
  template <class Range, class Op>
  [[nodiscard]] auto reproducible_reduce(const Range& part, const Op& op, rooted at = {},
                                         call_site where = call_site::current()) const;
  template <class Range, class Op>
  [[nodiscard]] auto reproducible_allreduce(const Range& part, const Op& op,
                                            call_site where = call_site::current()) const;
  /// @}
  /// collective/sparse_alltoall.hpp. Sends `messages`, pairs of a destination rank and data (a
  /// std::map<int, std::vector<double>>, say; at most one per destination), and returns what came, a std::map from
  /// source rank to data: plain ranges as a buffer, text as a std::string, plain values and serialised types as
  /// they are. Nobody needs to know who sends to whom, and ranks that have nothing to send pass nothing. One
  /// synchronous message per pair (none to oneself) and a barrier of O(log size()) empty ones, however many ranks
  /// there are.
  template <class Messages>
  [[nodiscard]] auto sparse_alltoall(const Messages& messages, call_site where = call_site::current()) const;

  /// collective/grid_alltoallv.hpp. counts[r] elements of `whole` go to rank r; returns what came, joined in the
  /// order of ranks, and its counts: auto [values, counts] = world.grid_alltoallv(whole, counts). For many short
  /// messages on many ranks: each rank sends about 2 sqrt(size()) messages instead of size(), nobody needs to know
  /// what it gets, and each byte travels twice (with 8 bytes per pair of ranks, twice). Plain elements.
  template <class Range>
  [[nodiscard]] auto grid_alltoallv(const Range& whole, counts_view counts,
                                    call_site where = call_site::current()) const;
  /// The same with one range per rank: world.grid_alltoallv(std::vector<std::vector<int>>(size)).
  template <class Parts>
  [[nodiscard]] auto grid_alltoallv(const Parts& parts, call_site where = call_site::current()) const;

 protected:
  collective_operations() = default;
  ~collective_operations() = default;
  collective_operations(const collective_operations&) = default;
  collective_operations& operator=(const collective_operations&) = default;
};

}  // namespace COHORT_CHECKED
}  // namespace cohort
