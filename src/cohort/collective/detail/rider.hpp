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
/// instead of two. 1 KiB in all: below the size where shared memory or a network charges by the byte.
struct rider {
  static constexpr std::size_t capacity = 1008;
  std::uint64_t length = 0;  ///< in elements
  std::uint64_t more = 0;    ///< the data does not all ride along: a second call follows
  std::array<std::byte, capacity> data;

  void load(const void* from, std::size_t bytes) noexcept {
    if (bytes != 0 && bytes <= capacity) std::memcpy(data.data(), from, bytes);
  }
};
static_assert(sizeof(rider) == 1024 && std::is_trivially_copyable_v<rider>);

/// Bytes of a rider that are worth copying when it carries `bytes` bytes.
inline constexpr int rider_bytes = sizeof(rider);

}  // namespace cohort::detail
