#pragma once

#include <cohort/core/communicator.hpp>

#include <mpi.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cohort {
namespace detail {
class group_state;
}

/// An ordered set of processes, from which communicators can be made. Nothing about it communicates.
///
/// An immutable value: copies share one MPI group, which the last one frees (or MPI_Finalize does). The operators
/// are MPI_Group_union, MPI_Group_intersection and MPI_Group_difference:
///   auto evens = cohort::group{world}.include(std::vector{0, 2, 4});
///   auto part = cohort::comm_create_group(world, evens);
/// Throws argument_error for ranks that the group does not have, mpi_error for what MPI reports.
class group {
 public:
  /// Nobody.
  group();
  /// The ranks of `comm`, in their order there. Not collective.
  explicit group(const communicator& comm, call_site where = call_site::current());
  /// Takes over an MPI_Group that the caller made; it is freed in the end.
  explicit group(MPI_Group adopted);

  [[nodiscard]] int size() const noexcept;
  /// This process's rank in the group, std::nullopt if it is not in it.
  [[nodiscard]] std::optional<int> rank() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] MPI_Group native() const noexcept;

  /// The members of `ranks`, in that order; each at most once.
  [[nodiscard]] group include(std::span<const int> ranks, call_site where = call_site::current()) const;
  /// All but the members of `ranks`, in the order here.
  [[nodiscard]] group exclude(std::span<const int> ranks, call_site where = call_site::current()) const;
  /// The ranks that the members `ranks` of this group have in `other`, std::nullopt for those that are not in it.
  [[nodiscard]] std::vector<std::optional<int>> translate(std::span<const int> ranks, const group& other,
                                                          call_site where = call_site::current()) const;

  /// Members of either: those of `a` in their order, then those of `b` alone.
  friend group operator|(const group& a, const group& b);
  /// Members of both, in the order of `a`.
  friend group operator&(const group& a, const group& b);
  /// Members of `a` that are not in `b`, in the order of `a`.
  friend group operator-(const group& a, const group& b);
  /// The same members in the same order.
  friend bool operator==(const group& a, const group& b);
  /// The same members in any order.
  [[nodiscard]] bool similar(const group& other) const;

 private:
  std::shared_ptr<detail::group_state> state_;
};

/// A communicator of the members of `members`, who must be ranks of `comm`: MPI_Comm_create. Collective over all of
/// `comm`, with the same group on every member; ranks outside get a communicator that is false.
[[nodiscard]] communicator comm_create(const communicator& comm, const group& members,
                                       call_site where = call_site::current());
/// The same by MPI_Comm_create_group: only the members call it. Threads that make several at a time tell them apart
/// by `tag`. Throws argument_error on a rank that is not a member.
[[nodiscard]] communicator comm_create_group(const communicator& comm, const group& members, int tag = 0,
                                             call_site where = call_site::current());

}  // namespace cohort
