#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>

namespace cohort::detail {

/// What is being sent, until it has gone: requests, or what else has a test() that says whether it is over.
///
/// Those in front are mostly the first to go, so that a look costs one test. But one to a slow rank must not keep
/// the memory of all behind it: when twice as many wait as did at the last look at all of them, and at least 16,
/// all are tested. So no more than that are kept in vain, at less than three tests for each.
template <class Sent>
class departures {
 public:
  void push_back(Sent&& one) { leaving_.push_back(std::move(one)); }
  /// Forgets what has gone.
  void sweep() {
    while (!leaving_.empty() && leaving_.front().test()) leaving_.pop_front();
    if (leaving_.size() < all_at_) return;
    std::erase_if(leaving_, [](Sent& one) { return static_cast<bool>(one.test()); });
    all_at_ = std::max<std::size_t>(at_least, 2 * leaving_.size());
  }
  [[nodiscard]] bool empty() const noexcept { return leaving_.empty(); }
  /// For what is to be done with all of them. @{
  [[nodiscard]] auto begin() noexcept { return leaving_.begin(); }
  [[nodiscard]] auto end() noexcept { return leaving_.end(); }
  void clear() noexcept { leaving_.clear(); }
  template <class Which>
  void erase_if(Which which) {
    std::erase_if(leaving_, which);
  }
  /// @}

 private:
  static constexpr std::size_t at_least = 16;
  std::deque<Sent> leaving_;
  std::size_t all_at_ = at_least;
};

}  // namespace cohort::detail
