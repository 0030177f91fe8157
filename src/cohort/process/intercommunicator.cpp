#include <cohort/core/detail/waiting.hpp>
#include <cohort/process/intercommunicator.hpp>

#include <fmt/format.h>

namespace cohort {

intercommunicator::intercommunicator(MPI_Comm comm, ownership how) : communicator{comm, how} {
  int inter = 0;
  MPI_Comm_test_inter(native(), &inter);
  if (inter == 0) {
    throw argument_error{
        "intercommunicator: made from an MPI communicator of one group (it has no other side); use communicator"};
  }
  // Destinations and sources are checked against the group that they are in.
  const communicator& self = *this;
  MPI_Comm_remote_size(native(), &detail::access::state(self, "intercommunicator", {}).size);
}

int intercommunicator::local_size() const noexcept {
  int result = 0;
  if (*this) MPI_Comm_size(native(), &result);
  return result;
}

communicator intercommunicator::merge(bool high, call_site where) const {
  const communicator& self = *this;
  const auto& state = detail::access::state(self, "merge", where);
  MPI_Comm all = MPI_COMM_NULL;
  const detail::wait_scope busy{where, "merge"};
  detail::check(MPI_Intercomm_merge(state.comm, high ? 1 : 0, &all), "MPI_Intercomm_merge", state, where);
  return communicator{all, ownership::adopt};
}

void intercommunicator::disconnect(call_site where) {
  if (!*this) return;
  communicator& self = *this;
  auto& state = detail::access::state(self, "disconnect", where);
  const detail::wait_scope busy{where, "disconnect"};
  detail::check(MPI_Comm_disconnect(&state.comm), "MPI_Comm_disconnect", state, where);
  self = communicator{};
}

intercommunicator make_intercommunicator(const communicator& local, int local_leader, const communicator& bridge,
                                         int remote_leader, int tag, call_site where) {
  constexpr auto routine = "make_intercommunicator";
  const auto& state = detail::access::state(local, routine, where);
  detail::check_root(routine, state, local_leader, where);
  if (state.rank == local_leader) {
    const auto& over = detail::access::state(bridge, routine, where);
    if (remote_leader < 0 || remote_leader >= over.size) detail::bad_dest(routine, over, remote_leader, where);
    detail::check_dest(routine, over, remote_leader, tag, where);
  }
  MPI_Comm made = MPI_COMM_NULL;
  const detail::wait_scope busy{where, "make_intercommunicator"};
  detail::check(MPI_Intercomm_create(state.comm, local_leader, bridge.native(), remote_leader, tag, &made),
                "MPI_Intercomm_create", state, where, remote_leader, tag);
  return intercommunicator{made, ownership::adopt};
}

}  // namespace cohort
