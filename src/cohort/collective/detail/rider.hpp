#pragma once

#include <cohort/core/detail/comm_state.hpp>
#include <cohort/core/detail/payload.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace cohort::detail {

/// A length that travels ahead of data of unknown length, and, if it is short, the data itself: one collective call
/// instead of two. 192 bytes in all: with its header such a message still goes through Open MPI's
/// inline path (256 bytes over shared memory), where it costs what 8 bytes cost; from 384 on it costs twice as
/// much.
struct rider {
  static constexpr std::size_t capacity = 176;
  std::uint64_t length = 0;  ///< in elements
  std::uint64_t more = 0;    ///< the data does not all ride along: a second call follows
  std::array<std::byte, capacity> data;

  void load(const void* from, std::size_t bytes) noexcept {
    if (bytes != 0 && bytes <= capacity) std::memcpy(data.data(), from, bytes);
  }
};
static_assert(sizeof(rider) == 192 && std::is_trivially_copyable_v<rider>);

/// Bytes of a rider that are worth copying when it carries `bytes` bytes.
inline constexpr int rider_bytes = sizeof(rider);

}  // namespace cohort::detail
