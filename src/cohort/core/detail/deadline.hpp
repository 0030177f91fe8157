#pragma once

#include <chrono>

namespace cohort::detail {

/// How long somebody waits, given as any duration: what is longer than a hundred years, such as hours::max(), is a
/// hundred years, and what is negative is nothing. (Sums and conversions of such would overflow, and a moment that
/// is the greatest time_point cannot be converted to another clock.)
class time_limit {
 public:
  template <class Rep, class Period>
  constexpr time_limit(std::chrono::duration<Rep, Period> time) {  // NOLINT(google-explicit-constructor)
    const std::chrono::duration<long double> seconds = time;       // which holds any
    constexpr std::chrono::hours longest{24 * 36525};
    if (!(seconds < longest)) {  // what is not a number too
      length_ = longest;
    } else if (seconds > seconds.zero()) {
      length_ = std::chrono::ceil<std::chrono::nanoseconds>(time);
    }
  }
  [[nodiscard]] constexpr std::chrono::nanoseconds length() const noexcept { return length_; }

 private:
  std::chrono::nanoseconds length_{0};
};

/// The moment that much after now. @{
[[nodiscard]] inline std::chrono::steady_clock::time_point deadline_after(time_limit time) {
  return std::chrono::steady_clock::now() + time.length();
}
/// The same for a moment of any clock.
template <class Clock, class Duration>
[[nodiscard]] std::chrono::steady_clock::time_point deadline_at(std::chrono::time_point<Clock, Duration> moment) {
  using seconds = std::chrono::duration<long double>;
  return deadline_after(seconds{moment.time_since_epoch()} - seconds{Clock::now().time_since_epoch()});
}
/// @}

}  // namespace cohort::detail
