#pragma once

#include <cohort/p2p/detail/send_mode.hpp>

namespace cohort {

template <class T>
auto p2p_operations::irsend(T&& what, to where_to, call_site where) const {
  return detail::isend_as<detail::ready_mode, check_level>(*this, std::forward<T>(what), where_to, where);
}

}  // namespace cohort
