#pragma once

#include <cohort/core/buffer.hpp>

#include <cstddef>
#include <cstring>
#include <deque>
#include <span>
#include <utility>
#include <vector>

namespace cohort::detail {

/// Items that have come, in order, as bytes: those of one size lie in a ring that grows, others each in a buffer.
class channel_inbox {
 public:
  /// `item_bytes`: what each item takes; 0 if they differ.
  explicit channel_inbox(std::size_t item_bytes) : each_{item_bytes}, ring_(8 * item_bytes), from_(8) {}

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  void push(int source, std::span<const std::byte> item) {
    if (count_ == from_.size()) grow();
    const auto at = (first_ + count_) % from_.size();
    from_[at] = source;
    if (each_ != 0) {
      std::memcpy(ring_.data() + at * each_, item.data(), each_);
    } else {
      items_.emplace_back(item.begin(), item.end());
    }
    ++count_;
  }

  /// The oldest, until pop(). @{
  [[nodiscard]] int source() const noexcept { return from_[first_]; }
  [[nodiscard]] std::span<const std::byte> front() const noexcept {
    if (each_ != 0) return {ring_.data() + first_ * each_, each_};
    return {items_.front().data(), items_.front().size()};
  }
  /// @}
  void pop() noexcept {
    if (each_ == 0) items_.pop_front();
    first_ = (first_ + 1) % from_.size();
    --count_;
  }

 private:
  void grow() {
    std::vector<int> from(2 * from_.size());
    std::vector<std::byte> ring(2 * ring_.size());
    for (std::size_t i = 0; i != count_; ++i) {
      const auto at = (first_ + i) % from_.size();
      from[i] = from_[at];
      if (each_ != 0) std::memcpy(ring.data() + i * each_, ring_.data() + at * each_, each_);
    }
    from_.swap(from);
    ring_.swap(ring);
    first_ = 0;
  }

  std::size_t each_;
  std::vector<std::byte> ring_;
  std::vector<int> from_;
  std::deque<buffer<std::byte>> items_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace cohort::detail
