#pragma once

#include <cohort/collective/detail/agree.hpp>
#include <cohort/collective/detail/start.hpp>

namespace cohort {

inline request<void> icollective_operations::ibarrier(call_site where) const {
  auto& state = detail::access::state(*this, "ibarrier", where);
  auto compared = detail::compare_later<check_level>(state, "ibarrier", where);
  return compared(request<void>{detail::start(state, "MPI_Ibarrier", where,
                                              [&](MPI_Request* raw) { return MPI_Ibarrier(state.comm, raw); })});
}

}  // namespace cohort
