#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace cohort::detail {

/// Objects with consecutive numbers, of which old ones end first, more or less: O(1) access by number. They live in
/// blocks, and a block whose objects have all ended is given back, so one that stays long holds up little memory.
template <class T>
class window {
 public:
  /// The number that the next emplace_back gives.
  [[nodiscard]] std::uint64_t next() const noexcept { return next_; }
  template <class... Args>
  std::uint64_t emplace_back(Args&&... args) {
    if (next_ == first_ + blocks_.size() * per_block) blocks_.push_back(std::make_unique<block>());
    auto& last = *blocks_.back();
    last.slots[next_ % per_block].emplace(std::forward<Args>(args)...);
    ++last.living;
    ++living_;
    return next_++;
  }
  [[nodiscard]] T& operator[](std::uint64_t number) { return *block_of(number)->slots[number % per_block]; }
  [[nodiscard]] const T& operator[](std::uint64_t number) const {
    return *blocks_[static_cast<std::size_t>((number - first_) / per_block)]->slots[number % per_block];
  }
  void erase(std::uint64_t number) {
    auto& place = block_of(number);
    place->slots[number % per_block].reset();
    --living_;
    const bool filled = next_ >= number - number % per_block + per_block;
    if (--place->living != 0 || !filled) return;
    place.reset();
    while (!blocks_.empty() && !blocks_.front()) {
      blocks_.pop_front();
      first_ += per_block;
    }
  }
  /// Objects that have not ended.
  [[nodiscard]] std::size_t size() const noexcept { return living_; }
  /// Objects there is memory for.
  [[nodiscard]] std::size_t capacity() const noexcept {
    std::size_t blocks = 0;
    for (const auto& b : blocks_) blocks += b ? 1 : 0;
    return blocks * per_block;
  }

 private:
  static constexpr std::size_t per_block = 64;
  struct block {
    std::array<std::optional<T>, per_block> slots;
    std::size_t living = 0;
  };
  [[nodiscard]] std::unique_ptr<block>& block_of(std::uint64_t number) {
    return blocks_[static_cast<std::size_t>((number - first_) / per_block)];
  }

  std::deque<std::unique_ptr<block>> blocks_;  ///< null: all have ended
  std::uint64_t first_ = 0;                    ///< number of the first slot of the first block
  std::uint64_t next_ = 0;
  std::size_t living_ = 0;
};

}  // namespace cohort::detail
