#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace cohort::journal::detail {

/// CRC-32C (Castagnoli) of `bytes`, going on from that of the bytes before them. Finds every error of up to 32
/// adjacent bits. Eight bytes at a time, 1 to 2 GB/s.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

}  // namespace cohort::journal::detail
