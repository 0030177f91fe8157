#pragma once

#include <cohort/dispatch/types.hpp>

namespace cohort::dispatch::detail {

/// The ends of time stand for never and always: sums beyond them stop there. Lengths are not negative. @{
[[nodiscard]] constexpr time_point later(time_point t, duration by) {
  return t > time_point::max() - by ? time_point::max() : t + by;
}
[[nodiscard]] constexpr time_point earlier(time_point t, duration by) {
  return t < time_point::min() + by ? time_point::min() : t - by;
}
[[nodiscard]] constexpr duration twice(duration d) {
  return d > duration::max() / 2 ? duration::max() : d * 2;
}
/// @}

}  // namespace cohort::dispatch::detail
