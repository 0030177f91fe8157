#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/core/communicator.hpp>

namespace cohort {

inline void collective_operations::barrier(call_site where) const {
  auto& state = detail::access::state(*this, "barrier", where);
  const auto busy = detail::agree<check_level>(state, "barrier", where);
  detail::check(MPI_Barrier(state.comm), "MPI_Barrier", state, where);
}

}  // namespace cohort
