#pragma once

#include <cstddef>

namespace cohort::detail {

/// What rides along in the next bcast of unknown length.
///
/// Usually 176 bytes: one call costs a latency and two cost two, whatever is in them. But the root of many
/// broadcasts in a row runs ahead, and then only cache lines count: 40 bytes take 290 ns each over shared memory,
/// 184 bytes 590, as much as two calls. So after a few in a row for which so much room was of no use, because 32
/// bytes would have done or because the data was longer and went by itself, 32 bytes ride along, until there is one
/// between.
///
/// Every rank learns every length, and all go through the same broadcasts of a communicator in the same order; so
/// they agree.
class pace_of_bcasts {
 public:
  static constexpr std::size_t few_bytes = 32;
  static constexpr std::size_t many_bytes = 176;
  static constexpr int in_a_row = 4;

  [[nodiscard]] std::size_t capacity() const noexcept { return useless_ == in_a_row ? few_bytes : many_bytes; }
  void note(std::size_t bytes) noexcept {
    if (bytes > few_bytes && bytes <= many_bytes) {
      useless_ = 0;
    } else if (useless_ != in_a_row) {
      ++useless_;
    }
  }

 private:
  int useless_ = 0;  ///< broadcasts in a row
};

}  // namespace cohort::detail
