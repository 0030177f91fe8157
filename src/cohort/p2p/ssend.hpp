#pragma once

#include <cohort/p2p/detail/send_mode.hpp>

namespace cohort {

template <class T>
void p2p_operations::ssend(const T& what, to where_to, call_site where) const {
  detail::send_as<detail::synchronous_mode, check_level>(*this, what, where_to, where);
}

}  // namespace cohort
