#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/counts_view.hpp>
#include <cohort/core/detail/check_level.hpp>
#include <cohort/core/options.hpp>

#include <span>

namespace cohort {

template <class T>
class request;

inline namespace COHORT_CHECKED {

/// The collective operations that are started and completed later: one MPI call each (MPI_Ialltoallw for uneven
/// ones), which returns at once. All ranks start them in one order. The table of contents; not for use by itself.
///
/// What lvalues and views name is borrowed: it must stay, and what is sent unchanged, until the request is
/// complete. (Counts are copied; the request keeps them.) Lengths must be known on every rank beforehand, so there
/// are no forms that find them out, and none for serialised objects. A request that is destroyed completes its
/// operation, which waits for the other ranks; none can be cancelled. Errors: argument_error before anything
/// starts, mpi_error.
///
/// With COHORT_CHECK_LEVEL=1 an MPI_Iallgather starts before each, in which the ranks tell of their calls. wait,
/// get, wait_all and test complete an operation when all have told, and throw argument_error if their calls differ:
/// the operation is then given up, and MPI may still write to the memory that was lent to it. wait_any, wait_some
/// and the destructor do not look first: there MPI does with calls that differ what it does at level 0.
class icollective_operations {
 public:
  /// For detail::access: see checks_threads.
  static constexpr bool checked = check_level > 0;

  /// collective/ibarrier.hpp. Complete when every rank has come here.
  [[nodiscard]] request<void> ibarrier(call_site where = call_site::current()) const;

  /// collective/ibcast.hpp. Copies the root's `value` to every rank: a plain value or a range, of the same length
  /// everywhere. An lvalue or view is borrowed: request<void>. An rvalue moves into the request, whose get()
  /// returns it: auto n = world.ibcast(rank == 0 ? read() : 0).
  template <class T>
  [[nodiscard]] auto ibcast(T&& value, rooted at = {}, call_site where = call_site::current()) const;

  /// collective/iscatter.hpp. As scatter_into and scatterv_into. @{
  template <class Range, class Part>
  [[nodiscard]] request<void> iscatter_into(Range&& whole, Part&& part, rooted at = {},
                                            call_site where = call_site::current()) const;
  template <class Range, class Part>
  [[nodiscard]] request<void> iscatterv_into(Range&& whole, counts_view counts, Part&& part, rooted at = {},
                                             call_site where = call_site::current()) const;
  /// @}

  /// collective/igather.hpp. As gather_into and gatherv_into. @{
  template <class T, class All>
  [[nodiscard]] request<void> igather_into(T&& mine, All&& all, rooted at = {},
                                           call_site where = call_site::current()) const;
  template <class Range, class All>
  [[nodiscard]] request<void> igatherv_into(Range&& mine, All&& all, counts_view counts, rooted at = {},
                                            call_site where = call_site::current()) const;
  /// @}

  /// collective/iallgather.hpp. One value of each rank, or ranges of one length everywhere (borrowed), in the order
  /// of ranks: a request<buffer<Element>>.
  template <class T>
  [[nodiscard]] auto iallgather(T&& mine, call_site where = call_site::current()) const;
  /// As allgather_into and allgatherv_into. @{
  template <class T, class All>
  [[nodiscard]] request<void> iallgather_into(T&& mine, All&& all, call_site where = call_site::current()) const;
  template <class Range, class All>
  [[nodiscard]] request<void> iallgatherv_into(Range&& mine, All&& all, counts_view counts,
                                               call_site where = call_site::current()) const;
  /// @}

  /// collective/ialltoall.hpp. Block r of `values` (borrowed) goes to rank r: a request<buffer<Element>>.
  template <class Range>
  [[nodiscard]] auto ialltoall(Range&& values, call_site where = call_site::current()) const;
  /// As alltoall_into and alltoallv_into. @{
  template <class Range, class All>
  [[nodiscard]] request<void> ialltoall_into(Range&& values, All&& all,
                                             call_site where = call_site::current()) const;
  template <class Range, class All>
  [[nodiscard]] request<void> ialltoallv_into(Range&& values, counts_view counts, All&& all,
                                              counts_view receive_counts,
                                              call_site where = call_site::current()) const;
  /// @}

  /// collective/iallreduce.hpp. Combines the ranks' values as allreduce does. A value is copied: a request<T>. A
  /// range that is an lvalue or a view is borrowed: a request<buffer<Element>>. An rvalue container moves into the
  /// request and is combined in place: a request of that container.
  template <class T, class Op>
  [[nodiscard]] auto iallreduce(T&& mine, Op op, call_site where = call_site::current()) const;
  template <class T, class Result, class Op>
  [[nodiscard]] request<void> iallreduce_into(T&& mine, Result&& result, Op op,
                                              call_site where = call_site::current()) const;
  /// collective/ireduce.hpp. The same for the root alone; elsewhere get() returns what was given, or, for a
  /// borrowed range, an empty buffer.
  template <class T, class Op>
  [[nodiscard]] auto ireduce(T&& mine, Op op, rooted at = {}, call_site where = call_site::current()) const;
  template <class T, class Result, class Op>
  [[nodiscard]] request<void> ireduce_into(T&& mine, Result&& result, Op op, rooted at = {},
                                           call_site where = call_site::current()) const;
  /// collective/iscan.hpp. The same over ranks 0 to this one.
  template <class T, class Op>
  [[nodiscard]] auto iscan(T&& mine, Op op, call_site where = call_site::current()) const;
  template <class T, class Result, class Op>
  [[nodiscard]] request<void> iscan_into(T&& mine, Result&& result, Op op,
                                         call_site where = call_site::current()) const;
  /// collective/iexscan.hpp. The same over the ranks before this one. Rank 0 has none: its get() returns what was
  /// given, its `result` is left as it is.
  template <class T, class Op>
  [[nodiscard]] auto iexscan(T&& mine, Op op, call_site where = call_site::current()) const;
  template <class T, class Result, class Op>
  [[nodiscard]] request<void> iexscan_into(T&& mine, Result&& result, Op op,
                                           call_site where = call_site::current()) const;
  /// collective/ireduce_scatter.hpp. As reduce_scatter; `values` are borrowed. Equal blocks: a
  /// request<buffer<Element>>, or into memory of the caller. With counts of more than 2^31 elements together, each
  /// rank receives its block of every rank (so much memory it takes until the request ends) and combines them when
  /// the request is completed.
  template <class Range, class Op>
  [[nodiscard]] auto ireduce_scatter(Range&& values, Op op, call_site where = call_site::current()) const;
  template <class Range, class Part, class Op>
  [[nodiscard]] request<void> ireduce_scatter_into(Range&& values, Part&& part, Op op,
                                                   call_site where = call_site::current()) const;
  template <class Range, class Part, class Op>
  [[nodiscard]] request<void> ireduce_scatter_into(Range&& values, counts_view counts, Part&& part, Op op,
                                                   call_site where = call_site::current()) const;

 protected:
  icollective_operations() = default;
  ~icollective_operations() = default;
  icollective_operations(const icollective_operations&) = default;
  icollective_operations& operator=(const icollective_operations&) = default;
};

}  // namespace COHORT_CHECKED
}  // namespace cohort
