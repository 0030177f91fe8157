#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace cohort::journal {

/// A whole record, as a reader shows it.
struct record {
  std::uint64_t offset = 0;          ///< where it begins in the file
  std::uint32_t kind = 0;            ///< what the writer called it
  std::span<const std::byte> bytes;  ///< what the writer put in; valid while it is shown
};

/// Is shown the records in their order. What it throws ends the reading.
using visitor = std::function<void(const record&)>;

/// The longest record.
inline constexpr std::size_t most_bytes = std::size_t{1} << 30;

/// Kinds are the writer's own, from 1 on; those from here on are the journal's.
inline constexpr std::uint32_t first_reserved_kind = 0x80000000U;

}  // namespace cohort::journal
