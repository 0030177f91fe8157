#pragma once

#include <cohort/core/buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace cohort::detail {

/// The rider of one pair of ranks in an exchange of all with all: a length, and the data itself if it is short.
/// Much smaller than a rider, since there are size() of them on every rank: up to 192 bytes an MPI_Alltoall costs
/// about the same as with the lengths alone (Open MPI's algorithm for short blocks ends at 200).
struct pair_rider {
  static constexpr std::size_t capacity = 184;
  std::uint32_t length = 0;  ///< in elements
  std::uint32_t more = 0;    ///< some block of the sender does not ride along: a second call follows
  std::array<std::byte, capacity> data;

  void load(const void* from, std::size_t bytes) noexcept {
    if (bytes != 0 && bytes <= capacity) std::memcpy(data.data(), from, bytes);
  }
};
static_assert(sizeof(pair_rider) == 192 && std::is_trivially_copyable_v<pair_rider>);

}  // namespace cohort::detail
