#pragma once

#include <cohort/core/communicator.hpp>

namespace cohort {

/// Two groups of ranks that send to each other: every destination and source is a rank of the *other* group. Made
/// by spawn, parent, accept and connect, or from two communicators; merge() makes one communicator of all.
///
/// A handle like communicator: copies share the MPI intercommunicator. The operations between two ranks are those
/// of a communicator (include <cohort/p2p.hpp> for their definitions, p2p_operations.hpp for what they do); of its
/// collective ones there are none: merge first.
class intercommunicator : private communicator {
 public:
  /// Talks to nobody; every operation throws.
  intercommunicator() noexcept = default;
  /// Takes `comm` over, which must be an MPI intercommunicator, as `how` says.
  explicit intercommunicator(MPI_Comm comm, ownership how = ownership::duplicate);

  /// This rank in its own group.
  using communicator::rank;
  [[nodiscard]] int local_size() const noexcept;
  [[nodiscard]] int remote_size() const noexcept { return communicator::size(); }
  using communicator::operator bool;
  using communicator::native;

  using p2p_operations::improbe;
  using p2p_operations::iprobe;
  using p2p_operations::irecv;
  using p2p_operations::irecv_into;
  using p2p_operations::isend;
  using p2p_operations::mprobe;
  using p2p_operations::probe;
  using p2p_operations::recv;
  using p2p_operations::recv_into;
  using p2p_operations::send;
  using p2p_operations::sendrecv;
  using p2p_operations::sendrecv_into;

  /// One communicator of both groups; the ranks of the group that says `high` come last (if both say the same, MPI
  /// chooses). All of a group must say the same. Collective over both groups.
  [[nodiscard]] communicator merge(bool high, call_site where = call_site::current()) const;

  /// Ends the connection, after waiting for what is under way on it: MPI_Comm_disconnect, collective over both
  /// groups. Afterwards neither group waits for the other at its end, unless they share another communicator (one
  /// from merge(), say). This object and its copies talk to nobody then. Does nothing on an empty one.
  void disconnect(call_site where = call_site::current());

  friend bool operator==(const intercommunicator& a, const intercommunicator& b) noexcept {
    return a.native() == b.native();
  }
};

/// Joins the groups of two communicators without a common rank, `local` here and another there, each given by its
/// own members: MPI_Intercomm_create, collective over both. The leaders, `local_leader` in `local` and the other
/// group's in `bridge`, find each other on `bridge`, which both must be in (it counts on the leaders alone); the
/// tag is for their messages there.
[[nodiscard]] intercommunicator make_intercommunicator(const communicator& local, int local_leader,
                                                       const communicator& bridge, int remote_leader, int tag = 0,
                                                       call_site where = call_site::current());

}  // namespace cohort
