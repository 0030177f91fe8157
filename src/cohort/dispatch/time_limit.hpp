#pragma once

#include <cohort/dispatch/types.hpp>

namespace cohort::dispatch {

/// When tasks must be over: those that run then end nowhere else.
struct time_limit {
  time_point begin{0};  ///< of the time that there is
  time_point end = time_point::max();
  duration reserve{0};  ///< kept free before the end, for stopping and writing

  /// When the last task must have ended; never before the beginning.
  [[nodiscard]] constexpr time_point closing() const noexcept {
    return end <= begin || reserve >= end - begin ? begin : end - reserve;
  }
  /// May a task that takes up to `need` be started at `now`?
  [[nodiscard]] constexpr bool may_start(time_point now, duration need) const noexcept {
    return now < closing() && need <= closing() - now;
  }
  /// Could it have been, at the beginning?
  [[nodiscard]] constexpr bool ever_fits(duration need) const noexcept { return may_start(begin, need); }
};

}  // namespace cohort::dispatch
