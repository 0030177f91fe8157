#pragma once

#include "farm/spill.hpp"
#include "farm/wire.hpp"

#include <cstddef>
#include <cstdint>

namespace cohort_farm {

/// Completions that wait on the root until their output may be printed. Few outputs stay in memory; when they
/// become many (--keep-order behind a slow task), further ones go to the spill.
class shelf {
 public:
  /// `room`: bytes of outputs in memory.
  explicit shelf(std::size_t room = std::size_t{32} << 20) : room_{room} {}

  /// A completion that has been put aside. Take it back from the shelf it was put on.
  struct item {
    completion how;
    spill::extent out;
    spill::extent err;
  };
  [[nodiscard]] item put(completion&& how);
  [[nodiscard]] completion take(item&& what);

 private:
  std::size_t room_;
  std::size_t used_ = 0;
  spill spill_;
};

}  // namespace cohort_farm
