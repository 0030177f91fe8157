#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/comm_state.hpp>

namespace cohort::detail {

/// The communicator, of which `host` is a rank: checked before anything is made that has its state there.
inline const communicator& hosted(const char* routine, const communicator& comm, int host, const call_site& where) {
  check_root(routine, access::state(comm, routine, where), host, where);
  return comm;
}

}  // namespace cohort::detail
