#pragma once

#include <cohort/core/detail/pace_of_bcasts.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace cohort::detail {

/// The rider of a bcast: a length, and the data itself if it is short. How many of its bytes travel, all ranks know
/// from the broadcasts before (see pace_of_bcasts).
struct bcast_rider {
  std::uint64_t length = 0;  ///< in elements
  std::array<std::byte, pace_of_bcasts::many_bytes> data;
};
static_assert(sizeof(bcast_rider) == 184 && std::is_trivially_copyable_v<bcast_rider>);

}  // namespace cohort::detail
