#pragma once

#include <cohort/collective/detail/collected.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/check_level.hpp>

#include <span>
#include <utility>
#include <vector>

namespace cohort {
namespace detail {
struct neighbor_access;
}

/// A communicator whose ranks have neighbours: what cartesian and graph have in common, the table of contents of
/// the neighbourhood collectives. All of them are collective over the communicator and move data along its edges
/// alone: one message per edge.
///
/// What comes is in the order of sources(). A neighbour that is proc_null, beyond the edge of a grid, gives
/// nothing: zeros where every source has one block, an empty part where lengths differ.
///
/// With COHORT_CHECK_LEVEL=1 all ranks compare the operation and the type of the elements first, as for
/// collective_operations; lengths are a matter of neighbours alone. (Level is never given: it keeps functions
/// compiled at different levels apart.)
class topology : public communicator {
 public:
  /// Ranks that this one receives from, and those it sends to. A rank may be named more than once; on a grid there
  /// are two per dimension, towards smaller and towards larger coordinates, and proc_null beyond an edge. @{
  [[nodiscard]] std::span<const int> sources() const noexcept { return sources_; }
  [[nodiscard]] std::span<const int> destinations() const noexcept { return destinations_; }
  /// @}

  /// topology/neighbor_allgather.hpp. Sends `mine` to every destination and returns what the sources gave, one
  /// block each. Values and ranges of one length everywhere: one MPI_Neighbor_allgather, a buffer. Other types,
  /// text too: serialised, a std::vector, as neighbor_allgatherv.
  template <class T, int Level = check_level>
  [[nodiscard]] typename detail::collected<T>::type neighbor_allgather(
      const T& mine, call_site where = call_site::current()) const;
  /// One MPI_Neighbor_allgather into memory of the caller, no allocation. What belongs to proc_null stays as it
  /// was.
  template <class T, class All, int Level = check_level>
  void neighbor_allgather_into(const T& mine, All&& all, call_site where = call_site::current()) const;
  /// Ranges of any length; nobody needs to know how much comes: auto [values, counts] =
  /// grid.neighbor_allgatherv(mine). One message of just that length per edge (MPI_Isend, MPI_Mprobe, MPI_Mrecv),
  /// no second round for the counts.
  template <class Range, int Level = check_level>
  [[nodiscard]] auto neighbor_allgatherv(const Range& mine, call_site where = call_site::current()) const;
  /// The counts, one per source, are known: the same messages, into memory of the caller.
  template <class Range, class All, int Level = check_level>
  void neighbor_allgatherv_into(const Range& mine, All&& all, counts_view counts,
                                call_site where = call_site::current()) const;

  /// topology/neighbor_alltoall.hpp. Sends parts[i] to the i-th destination and returns what the sources sent to
  /// this rank, one element each. Plain elements (a std::array for a block): one MPI_Neighbor_alltoall, a buffer.
  /// Other types: serialised, a std::vector, as neighbor_alltoallv.
  template <class Range, int Level = check_level>
  [[nodiscard]] auto neighbor_alltoall(const Range& parts, call_site where = call_site::current()) const;
  /// Equal blocks, cut from `whole` into `all`: one MPI_Neighbor_alltoall, no allocation. What belongs to proc_null
  /// stays as it was.
  template <class Range, class All, int Level = check_level>
  void neighbor_alltoall_into(const Range& whole, All&& all, call_site where = call_site::current()) const;
  /// counts[i] elements of `whole` go to the i-th destination; nobody needs to know how much comes. Cost as
  /// neighbor_allgatherv.
  template <class Range, int Level = check_level>
  [[nodiscard]] auto neighbor_alltoallv(const Range& whole, counts_view counts,
                                        call_site where = call_site::current()) const;
  /// Both sides know their counts, of any length: one MPI_Neighbor_alltoallw.
  template <class Range, class All, int Level = check_level>
  void neighbor_alltoallv_into(const Range& whole, counts_view counts, All&& all, counts_view counts_of_all,
                               call_site where = call_site::current()) const;

 protected:
  topology() = default;
  /// `comm` must have a topology. A grid's messages towards one side arrive from the other.
  topology(communicator comm, std::vector<int> sources, std::vector<int> destinations, bool grid)
      : communicator{std::move(comm)},
        sources_{std::move(sources)},
        destinations_{std::move(destinations)},
        grid_{grid} {}
  ~topology() = default;
  topology(const topology&) = default;
  topology(topology&&) = default;
  topology& operator=(const topology&) = default;
  topology& operator=(topology&&) = default;

 private:
  friend struct detail::neighbor_access;
  std::vector<int> sources_;
  std::vector<int> destinations_;
  bool grid_ = false;
};

}  // namespace cohort
