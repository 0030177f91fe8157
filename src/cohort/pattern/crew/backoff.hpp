#pragma once

#include <cohort/core/detail/backoff.hpp>
#include <cohort/dispatch/types.hpp>

#include <algorithm>
#include <chrono>

namespace cohort::crew {

/// How long a rank of a crew sleeps when there is nothing to do: as others do, and when there has been nothing for
/// long, a thirty-second of that time, up to five milliseconds. A look costs up to 40 us, so an idle rank takes
/// under 2 % of a core.
class backoff {
 public:
  /// No pause is longer: who sleeps under a limit of its own need not set a smaller one.
  static constexpr dispatch::duration longest = std::chrono::milliseconds{5};

  /// As detail::backoff's. @{
  void reset() noexcept {
    pause_.reset();
    slept_ = dispatch::duration{0};
  }
  [[nodiscard]] dispatch::duration next(bool busy, bool expecting = false) {
    auto result = pause_.next(busy, expecting);
    if (result == dispatch::duration{0}) {  // awake, perhaps again
      slept_ = result;
      return result;
    }
    // After one exchange with a rank that has slept so long, both sleep as briefly as others.
    result = std::max(result, std::min(slept_ / 32, longest));
    slept_ += result;
    return result;
  }
  /// @}

 private:
  detail::backoff pause_;
  dispatch::duration slept_{0};  ///< since something happened
};

}  // namespace cohort::crew
