#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cohort::detail {

/// How many items a consumer should have in advance: what it takes in about four milliseconds, as measured without
/// the time it waits, and no more than 16 MiB of them; one while nothing is known.
class channel_window {
 public:
  using clock = std::chrono::steady_clock;

  explicit channel_window(std::uint64_t most) : most_{most} {}

  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }
  /// An item was taken; `look` at the clock, which is not done for each.
  void took(std::size_t bytes, bool look) {
    ++taken_;
    bytes_ += bytes;
    if (!look) return;
    const auto now = clock::now();
    if (since_ != clock::time_point{}) {
      const auto busy = std::max<std::int64_t>((now - since_ - waited_).count(), 1);
      const auto each = std::max<std::int64_t>(busy / static_cast<std::int64_t>(taken_), 1);
      const auto fit = most_bytes * taken_ / std::max<std::uint64_t>(bytes_, 1);
      items_ = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(worth / each), 1,
                                         std::clamp<std::uint64_t>(fit, 1, most_));
    }
    since_ = now;
    waited_ = {};
    taken_ = 0;
    bytes_ = 0;
  }
  void waited(clock::duration how_long) noexcept { waited_ += how_long; }

 private:
  static constexpr std::int64_t worth = 4'000'000;  // nanoseconds
  static constexpr std::uint64_t most_bytes = 16 << 20;
  std::uint64_t most_;
  std::uint64_t items_ = 1;
  std::uint64_t taken_ = 0;
  std::uint64_t bytes_ = 0;
  clock::time_point since_{};
  clock::duration waited_{};
};

}  // namespace cohort::detail
