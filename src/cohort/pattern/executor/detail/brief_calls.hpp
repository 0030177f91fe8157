#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace cohort::detail {

/// Which functions' calls are over before a thread could be woken for them, as far as their past tells: those whose
/// last 16 calls were, or 256 after one that was not. Any thread.
class brief_calls {
 public:
  void learn(std::uint64_t function, std::chrono::nanoseconds took) {
    const std::lock_guard lock{mutex_};
    auto& of = functions_[function];
    if (took > limit) {
      of = {0, 256};
    } else if (of.in_a_row != of.wanted) {
      ++of.in_a_row;
    }
  }
  [[nodiscard]] bool expects(std::uint64_t function) const {
    const std::lock_guard lock{mutex_};
    const auto found = functions_.find(function);
    return found != functions_.end() && found->second.in_a_row == found->second.wanted;
  }

 private:
  static constexpr std::chrono::microseconds limit{50};
  struct past {
    std::uint32_t in_a_row = 0;  ///< brief calls, counted up to
    std::uint32_t wanted = 16;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, past> functions_;
};

}  // namespace cohort::detail
