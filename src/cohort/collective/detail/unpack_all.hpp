#pragma once

#include <cohort/collective/detail/collected.hpp>
#include <cohort/serial/pack.hpp>

namespace cohort::detail {

/// One serialised object per rank, joined, back into objects.
template <class T>
std::vector<T> unpack_all(const gathered<std::byte>& packed) {
  std::vector<T> objects;
  objects.reserve(packed.counts.size());
  const std::byte* at = packed.values.data();
  for (const int bytes : packed.counts) {
    objects.push_back(serial::unpack<T>({at, static_cast<std::size_t>(bytes)}));
    at += bytes;
  }
  return objects;
}

}  // namespace cohort::detail
