#pragma once

#include <cohort/dispatch/types.hpp>

#include <cstdint>
#include <limits>

namespace cohort::dispatch {

/// How what remains is cut into portions. schedule.hpp says what each does.
enum class schedule : std::uint8_t {
  automatic,      ///< the library's choice: factoring
  self,           ///< one at a time
  factoring,      ///< half of what remains, in equal shares; then half of the rest
  guided,         ///< each time an equal share of what remains
  trapezoid,      ///< from half an equal share down to one, linearly
  static_block,   ///< one equal portion each; only for ranks that claim their own
  static_cyclic,  ///< dealt like cards; only for ranks that claim their own
  adaptive        ///< factoring, shared out by each worker's measured speed; only for a scheduler
};

/// A number that is found out by measuring.
inline constexpr std::uint32_t automatic = std::numeric_limits<std::uint32_t>::max();

struct settings {
  schedule how = schedule::automatic;  ///< any but static_block and static_cyclic
  bool ordered = false;                ///< deliver and give_up come in the order of the task ids
  duration quantum{500'000};           ///< running time that one message to a worker is to fill; positive
  /// Attempts kept at a worker beyond those that run there. automatic: by the measured cost of a task, none before
  /// the first is known, then two quanta's worth, and at least one (three if tasks are shorter than the quantum).
  std::uint32_t prefetch = automatic;
  std::uint32_t max_batch = 4096;  ///< attempts in one assign at most; positive
  std::uint32_t max_losses = 3;    ///< lost workers a task may have been running on before it is given up; positive
};

}  // namespace cohort::dispatch
