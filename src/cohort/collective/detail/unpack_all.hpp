#pragma once

#include <cohort/collective/detail/collected.hpp>
#include <cohort/core/detail/comm_state.hpp>
#include <cohort/serial/pack.hpp>

namespace cohort::detail {

/// One serialised object per rank, joined, back into objects.
template <class T>
std::vector<T> unpack_all(const gathered<std::byte>& packed, const char* routine, const comm_state& state,
                          const call_site& where) {
  std::vector<T> objects;
  objects.reserve(packed.counts.size());
  const std::byte* at = packed.values.data();
  for (const auto bytes : packed.counts) {
    serial::unpack_received({at, bytes}, objects.emplace_back(), routine, state.rank, where);
    at += bytes;
  }
  return objects;
}

}  // namespace cohort::detail
