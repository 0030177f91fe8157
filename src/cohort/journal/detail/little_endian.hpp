#pragma once

#include <cstddef>
#include <cstdint>

namespace cohort::journal::detail {

/// Numbers in a file, the same on every machine. Compilers make one load or store of each. @{
inline void put_u32(std::byte* to, std::uint32_t value) noexcept {
  for (int i = 0; i != 4; ++i) to[i] = static_cast<std::byte>(value >> (8 * i));
}
inline void put_u64(std::byte* to, std::uint64_t value) noexcept {
  for (int i = 0; i != 8; ++i) to[i] = static_cast<std::byte>(value >> (8 * i));
}
[[nodiscard]] inline std::uint32_t get_u32(const std::byte* from) noexcept {
  std::uint32_t value = 0;
  for (int i = 0; i != 4; ++i) value |= std::to_integer<std::uint32_t>(from[i]) << (8 * i);
  return value;
}
[[nodiscard]] inline std::uint64_t get_u64(const std::byte* from) noexcept {
  std::uint64_t value = 0;
  for (int i = 0; i != 8; ++i) value |= std::to_integer<std::uint64_t>(from[i]) << (8 * i);
  return value;
}
/// @}

}  // namespace cohort::journal::detail
