#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
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

/// What all ranks of a communicator do together: every rank calls them, in the same order. The table of contents of
/// collective/, one header per operation. The part of communicator that lists them; not for use by itself.
class collective_operations {
 public:
  /// collective/barrier.hpp. Returns when every rank has come here.
  void barrier(call_site where = call_site::current()) const;

  /// collective/bcast.hpp. Copies the root's `value` to every rank. Plain values and spans: one MPI_Bcast (the same
  /// length everywhere). Containers are resized to the root's length, which travels with the first 1024 bytes in
  /// one call; a second one follows if there is more. Other types are serialised, the same way.
  template <class T>
  void bcast(T& value, rooted at = {}, call_site where = call_site::current()) const;
  /// The same, returning the value: auto n = world.bcast(rank == 0 ? read() : 0).
  template <class T>
  requires(!std::is_lvalue_reference_v<T>) auto bcast(T&& value, rooted at = {},
                                                      call_site where = call_site::current()) const;

  /// collective/scatter.hpp. Deals `whole` (which counts on the root only) out in blocks of consecutive elements:
  /// each rank n / size() of them, the first n % size() ranks one more. Up to 1 KiB per rank one call, else two.
  template <class Range>
  [[nodiscard]] auto scatter(const Range& whole, rooted at = {}, call_site where = call_site::current()) const;
  /// Deals out equal blocks as long as `part`: one MPI_Scatter, no allocation.
  template <class Range, class Part>
  void scatter_into(const Range& whole, Part&& part, rooted at = {}, call_site where = call_site::current()) const;
  /// collective/scatterv.hpp. Deals out counts[r] elements to rank r; both arguments count on the root only.
  template <class Range>
  [[nodiscard]] auto scatterv(const Range& whole, std::span<const int> counts, rooted at = {},
                              call_site where = call_site::current()) const;
  /// Every rank knows how much it gets: one MPI_Scatterv. Allocates displacements on the root.
  template <class Range, class Part>
  void scatterv_into(const Range& whole, std::span<const int> counts, Part&& part, rooted at = {},
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
  /// collective/gatherv.hpp. Ranges of any length, joined on the root: auto [values, counts] = world.gatherv(mine).
  /// Contributions of up to 1 KiB ride along with the counts in one call.
  template <class Range>
  [[nodiscard]] auto gatherv(const Range& mine, rooted at = {}, call_site where = call_site::current()) const;
  /// The root knows the counts: one MPI_Gatherv.
  template <class Range, class All>
  void gatherv_into(const Range& mine, All&& all, std::span<const int> counts, rooted at = {},
                    call_site where = call_site::current()) const;

  /// collective/allgather.hpp. As gather, on every rank.
  template <class T>
  [[nodiscard]] typename detail::collected<T>::type allgather(const T& mine,
                                                              call_site where = call_site::current()) const;
  template <class T, class All>
  void allgather_into(const T& mine, All&& all, call_site where = call_site::current()) const;
  /// collective/allgatherv.hpp. As gatherv, on every rank.
  template <class Range>
  [[nodiscard]] auto allgatherv(const Range& mine, call_site where = call_site::current()) const;
  template <class Range, class All>
  void allgatherv_into(const Range& mine, All&& all, std::span<const int> counts,
                       call_site where = call_site::current()) const;

  /// collective/reduce.hpp. Combines the ranks' values (ranges: element by element) with `op`; the root gets the
  /// result, a std::optional<T> that is empty elsewhere (ranges: a buffer). std::plus and friends are MPI's
  /// builtins; any stateless callable of two elements works, and is taken as associative but not commutative unless
  /// it says so.
  template <class T, class Op>
  [[nodiscard]] auto reduce(const T& mine, Op op, rooted at = {}, call_site where = call_site::current()) const;
  /// One MPI_Reduce into memory of the root, no allocation. `result` counts on the root only.
  template <class T, class Result, class Op>
  void reduce_into(const T& mine, Result&& result, Op op, rooted at = {},
                   call_site where = call_site::current()) const;
  /// collective/allreduce.hpp. As reduce, on every rank: the same T (ranges: a buffer).
  template <class T, class Op>
  [[nodiscard]] auto allreduce(const T& mine, Op op, call_site where = call_site::current()) const;
  template <class T, class Result, class Op>
  void allreduce_into(const T& mine, Result&& result, Op op, call_site where = call_site::current()) const;
  /// `values` is both: what this rank gives and what it gets.
  template <class T, class Op>
  void allreduce_in_place(T&& values, Op op, call_site where = call_site::current()) const;

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
  [[nodiscard]] auto grid_alltoallv(const Range& whole, std::span<const int> counts,
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

}  // namespace cohort
