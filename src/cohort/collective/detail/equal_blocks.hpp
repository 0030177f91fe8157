#pragma once

#include <cohort/core/detail/comm_state.hpp>

#include <cstddef>

namespace cohort::detail {

/// Elements per rank of a range of `n` that holds one equal block for each.
inline std::size_t equal_blocks(const char* routine, const comm_state& state, std::size_t n,
                                const call_site& where) {
  const auto ranks = static_cast<std::size_t>(state.size);
  if (n % ranks != 0) [[unlikely]] {
    throw_argument_error(routine, state.rank,
                         "a range of {} elements is no whole number of blocks (one per rank, all of one length); "
                         "give a multiple of size()",
                         static_cast<long long>(n), where);
  }
  return n / ranks;
}

}  // namespace cohort::detail
