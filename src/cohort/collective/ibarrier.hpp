#pragma once

#include <cohort/collective/detail/start.hpp>

namespace cohort {

inline request<void> icollective_operations::ibarrier(call_site where) const {
  const auto& state = detail::access::state(*this, "ibarrier", where);
  return request<void>{
      detail::start(state, "MPI_Ibarrier", where, [&](MPI_Request* raw) { return MPI_Ibarrier(state.comm, raw); })};
}

}  // namespace cohort
