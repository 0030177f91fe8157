#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace cohort::detail {

/// How many items the next chunk of a map takes: one, until the first has come back; then as many as fill half a
/// millisecond, so that a message costs little beside its work; and of an input whose length is known never so many
/// that one rank would be the last by far (Hummel, Schonberg, Flynn 1992: an equal share of half of what remains).
class chunk_sizer {
 public:
  explicit chunk_sizer(std::size_t slots) noexcept : slots_{std::max<std::size_t>(slots, 1)} {}

  [[nodiscard]] std::size_t next(std::optional<std::size_t> remaining) const noexcept {
    auto items = size_;
    if (remaining) items = std::min(items, (*remaining + 2 * slots_ - 1) / (2 * slots_));
    return std::max<std::size_t>(items, 1);
  }

  /// A chunk of so many items has come back.
  void learn(std::size_t items, std::chrono::nanoseconds took, std::size_t bytes) noexcept {
    if (items == 0) return;
    const double each = std::max(1.0, static_cast<double>(took.count())) / static_cast<double>(items);
    cost_ = cost_ == 0 ? each : 0.75 * cost_ + 0.25 * each;
    const double by_time = quantum / cost_;
    const double by_bytes = most_bytes / std::max(1.0, static_cast<double>(bytes) / static_cast<double>(items));
    // Not all at once: the first calls are often the dearest, or the cheapest.
    const double most = static_cast<double>(size_) * 16;
    size_ = static_cast<std::size_t>(std::clamp(std::min(by_time, by_bytes), 1.0, most));
  }

 private:
  static constexpr double quantum = 500'000;  // ns
  static constexpr double most_bytes = 262'144;

  std::size_t slots_;
  std::size_t size_ = 1;
  double cost_ = 0;
};

}  // namespace cohort::detail
