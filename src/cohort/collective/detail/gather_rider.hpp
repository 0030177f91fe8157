#pragma once

#include <cohort/core/buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace cohort::detail {

/// The rider of a gather: a length, and the data itself if it is short. Much smaller than a rider, since the ranks
/// that give may run ahead of the root, so that cost is counted in cache lines rather than in waiting: up to 40
/// bytes a message fills one beside Open MPI's headers over shared memory; 96 bytes cost 1.4 times as much, and
/// from 144 bytes on, where Open MPI allocates for each message that comes early, several times as much.
struct gather_rider {
  static constexpr std::size_t capacity = 32;
  std::uint64_t length;  ///< in elements
  std::array<std::byte, capacity> data;
};
static_assert(sizeof(gather_rider) == 40 && std::is_trivially_copyable_v<gather_rider>);

/// One per rank, uninitialised: on the stack for up to 32, else in one allocation.
class gather_riders {
 public:
  explicit gather_riders(std::size_t ranks)
      : more_(ranks <= inside ? 0 : ranks), first_{ranks <= inside ? few_.data() : more_.data()}, ranks_{ranks} {}
  gather_riders(const gather_riders&) = delete;
  gather_riders& operator=(const gather_riders&) = delete;
  ~gather_riders() = default;

  [[nodiscard]] gather_rider* data() noexcept { return first_; }
  [[nodiscard]] const gather_rider* begin() const noexcept { return first_; }
  [[nodiscard]] const gather_rider* end() const noexcept { return first_ + ranks_; }

 private:
  static constexpr std::size_t inside = 32;

  std::array<gather_rider, inside> few_;
  buffer<gather_rider> more_;
  gather_rider* first_;
  std::size_t ranks_;
};

}  // namespace cohort::detail
