#include <cohort/core/detail/backoff.hpp>
#include <cohort/core/detail/yield.hpp>

#include <algorithm>
#include <thread>

namespace cohort::detail {

void yield() noexcept {
  std::this_thread::yield();
}

backoff::duration backoff::next(bool busy, bool expecting) {
  constexpr int awake = 200;
  constexpr int enough = awake + 7;  // from there on the pause is the longest
  idle_ = std::min(idle_ + 1, enough);
  if (!busy && idle_ <= awake) return duration{0};
  if (!busy && expecting) {
    const auto moment = std::chrono::steady_clock::now();
    if (!expecting_since_) expecting_since_ = moment;
    if (moment - *expecting_since_ < std::chrono::milliseconds{2}) {
      idle_ = awake;
      std::this_thread::yield();
      return duration{0};
    }
  }
  const int doublings = std::min(busy ? idle_ - 1 : idle_ - awake - 1, 6);
  return duration{std::chrono::microseconds{20}} * (1 << std::max(doublings, 0));
}

void backoff::once(duration most, bool expecting) {
  if (const auto length = std::min(next(false, expecting), most); length <= duration{0}) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(length);
  }
}

}  // namespace cohort::detail
