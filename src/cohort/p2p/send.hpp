#pragma once

#include <cohort/p2p/detail/send_mode.hpp>

namespace cohort {

template <class T>
void p2p_operations::send(const T& what, to where_to, call_site where) const {
  detail::send_as<detail::standard_mode, check_level>(*this, what, where_to, where);
}

}  // namespace cohort
