#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace cohort::detail {

/// Objects with consecutive numbers, of which old ones end first, more or less: O(1) access by number, and memory
/// for what lies between the oldest living and the newest.
template <class T>
class window {
 public:
  /// The number that the next emplace_back gives.
  [[nodiscard]] std::uint64_t next() const noexcept { return first_ + slots_.size(); }
  template <class... Args>
  std::uint64_t emplace_back(Args&&... args) {
    slots_.emplace_back(std::in_place, std::forward<Args>(args)...);
    return next() - 1;
  }
  [[nodiscard]] T& operator[](std::uint64_t number) { return *slots_[static_cast<std::size_t>(number - first_)]; }
  void erase(std::uint64_t number) {
    slots_[static_cast<std::size_t>(number - first_)].reset();
    while (!slots_.empty() && !slots_.front()) {
      slots_.pop_front();
      ++first_;
    }
  }
  /// Entries held, ended ones between living ones included.
  [[nodiscard]] std::size_t span() const noexcept { return slots_.size(); }

 private:
  std::deque<std::optional<T>> slots_;
  std::uint64_t first_ = 0;
};

}  // namespace cohort::detail
