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
  /// What the longest of the sender's blocks needs: to ride along, a second call, a message of its own.
  enum : std::uint64_t { nothing, a_call, a_message };
  static constexpr std::uint64_t longest = (std::uint64_t{1} << 62) - 1;

  std::uint64_t length : 62 = 0;  ///< in elements
  std::uint64_t more : 2 = nothing;
  std::array<std::byte, capacity> data;

  void load(const void* from, std::size_t bytes) noexcept {
    if (bytes != 0 && bytes <= capacity) std::memcpy(data.data(), from, bytes);
  }
};
static_assert(sizeof(pair_rider) == 192 && std::is_trivially_copyable_v<pair_rider>);

}  // namespace cohort::detail
