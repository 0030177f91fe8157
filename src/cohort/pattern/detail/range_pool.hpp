#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

namespace cohort::detail {

/// Consecutive units of a loop, [begin, end).
struct unit_range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  [[nodiscard]] bool empty() const noexcept { return begin >= end; }
  [[nodiscard]] std::uint64_t size() const noexcept { return empty() ? 0 : end - begin; }
};

/// What was claimed, and whether the claim was the one that passed the middle of the range it was cut from: true
/// once per range, a good moment to look for the next one.
struct claimed {
  unit_range what;
  bool middle = false;
};

[[nodiscard]] inline bool passes_middle(std::uint64_t begin, std::uint64_t end, const unit_range& cut) noexcept {
  const auto length = end - begin;
  return 2 * (cut.begin - begin) < length && 2 * (cut.end - begin) >= length;
}

/// Ranges from which the ranks of a node cut portions, in memory that they share: a few slots of one range each,
/// without locks. The slots are zero at first. No unit may be published twice before clear() (a slot's position
/// then tells which range is in it).
class range_pool {
 public:
  struct alignas(64) slot {
    std::uint64_t at = 0;  ///< 0: free; 1: being filled; otherwise the first unit that is left, plus 2
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  explicit range_pool(std::span<slot> slots) noexcept : slots_{slots} {}

  /// Puts a range that is not empty there for all to cut; false if no slot is free.
  bool publish(const unit_range& what) noexcept {
    for (auto& each : slots_) {
      const std::atomic_ref at{each.at};
      auto expected = at.load(std::memory_order_relaxed);
      if (expected != 0 || !at.compare_exchange_strong(expected, 1)) continue;
      std::atomic_ref{each.begin}.store(what.begin, std::memory_order_relaxed);
      std::atomic_ref{each.end}.store(what.end, std::memory_order_relaxed);
      at.store(what.begin + 2, std::memory_order_release);
      return true;
    }
    return false;
  }

  /// Cuts a portion of `size(position)` units, or what is left, off the range that lies first; nothing if there is
  /// none, or if the size is 0.
  template <class Size>
  std::optional<claimed> take(Size&& size) noexcept(noexcept(size(std::uint64_t{}))) {
    while (slot* const first = lowest()) {
      const std::atomic_ref at{first->at};
      auto seen = at.load(std::memory_order_acquire);
      if (seen < 2) continue;
      const auto position = seen - 2;
      const auto begin = std::atomic_ref{first->begin}.load(std::memory_order_relaxed);
      const auto end = std::atomic_ref{first->end}.load(std::memory_order_relaxed);
      if (begin > position || end <= position) continue;  // of a later range: the slot has changed since
      const unit_range cut{position, position + std::min(size(position), end - position)};
      if (cut.empty()) break;
      if (at.compare_exchange_strong(seen, cut.end == end ? 0 : cut.end + 2, std::memory_order_acq_rel)) {
        return claimed{cut, passes_middle(begin, end, cut)};
      }
    }
    return std::nullopt;
  }

  /// Forgets all ranges. Nobody else may use the pool meanwhile.
  void clear() noexcept {
    for (auto& each : slots_) std::atomic_ref{each.at}.store(0);
  }

 private:
  [[nodiscard]] slot* lowest() const noexcept {
    slot* found = nullptr;
    std::uint64_t least = 0;
    for (auto& each : slots_) {
      const auto at = std::atomic_ref{each.at}.load(std::memory_order_relaxed);
      if (at < 2 || (found != nullptr && at >= least)) continue;
      found = &each;
      least = at;
    }
    return found;
  }

  std::span<slot> slots_;
};

}  // namespace cohort::detail
