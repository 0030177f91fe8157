#pragma once

#include <cohort/dispatch/detail/saturate.hpp>
#include <cohort/dispatch/types.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace cohort::dispatch::detail {

/// A token comes every so often, and at most `burst` are kept. What is stored is the moment at which the bucket
/// will be full again (the generic cell rate algorithm): nothing has to happen when a token comes. The time between
/// two is rounded up to whole nanoseconds, so the rate is never above the one that was asked for.
class token_bucket {
 public:
  /// Full. per_second is positive and finite, burst positive.
  token_bucket(double per_second, std::uint32_t burst) { shape(per_second, burst); }

  /// Another rate; the tokens that are missing now are still missing, as far as the bucket is that large.
  void change(double per_second, std::uint32_t burst, time_point now) {
    const double missing =
        full_ <= now ? 0 : static_cast<double>((full_ - now).count()) / static_cast<double>(interval_.count());
    shape(per_second, burst);
    const double wait =
        std::ceil(std::min(missing, static_cast<double>(burst)) * static_cast<double>(interval_.count()));
    full_ = wait < longest ? later(now, duration{static_cast<duration::rep>(wait)}) : time_point::max();
  }

  /// From when on there is a token.
  [[nodiscard]] time_point ready_at() const { return earlier(full_, slack_); }
  /// There must be one.
  void take(time_point now) { full_ = later(std::max(full_, now), interval_); }

 private:
  static constexpr double longest = 4e18;  // nanoseconds, more than a century

  void shape(double per_second, std::uint32_t burst) {
    const double between = std::min(std::ceil(1e9 / per_second), longest);
    interval_ = duration{static_cast<duration::rep>(std::max(between, 1.0))};
    const double all = static_cast<double>(interval_.count()) * (burst - 1.0);
    slack_ = all < longest ? interval_ * (burst - 1) : duration{static_cast<duration::rep>(longest)};
  }

  duration interval_{1};
  duration slack_{0};  ///< how long before it is full it has its first token
  time_point full_ = time_point::min();
};

}  // namespace cohort::dispatch::detail
