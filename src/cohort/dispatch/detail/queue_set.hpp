#pragma once

#include <cohort/dispatch/types.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cohort::dispatch::detail {

/// A set of small numbers, 64 to a word. The first word is here: most programs have few queues.
class queue_set {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool contains(queue_id q) const { return (word(q / 64U) >> q % 64U & 1) != 0; }
  [[nodiscard]] std::size_t words() const { return 1 + more_.size(); }
  [[nodiscard]] std::uint64_t word(std::size_t i) const {
    if (i == 0) return first_;
    return i < words() ? more_[i - 1] : 0;
  }

  void set(queue_id q, bool in) {
    if (contains(q) == in) return;
    const std::size_t i = q / 64U;
    if (i >= words()) more_.resize(i);
    (i == 0 ? first_ : more_[i - 1]) ^= std::uint64_t{1} << q % 64U;
    size_ += in ? 1 : -std::size_t{1};
  }

  friend bool operator==(const queue_set& a, const queue_set& b) {
    for (std::size_t i = 0; i < std::max(a.words(), b.words()); ++i) {
      if (a.word(i) != b.word(i)) return false;
    }
    return true;
  }

 private:
  std::uint64_t first_ = 0;
  std::vector<std::uint64_t> more_;
  std::size_t size_ = 0;
};

/// The queues that a worker serves: all that there are and will be, or some.
class served_queues {
 public:
  served_queues() = default;
  explicit served_queues(queue_set some) : all_{false}, some_{std::move(some)} {}

  [[nodiscard]] bool contains(queue_id q) const { return all_ || some_.contains(q); }
  [[nodiscard]] std::uint64_t word(std::size_t i) const { return all_ ? ~std::uint64_t{0} : some_.word(i); }
  friend bool operator==(const served_queues& a, const served_queues& b) {
    return a.all_ == b.all_ && a.some_ == b.some_;
  }

 private:
  bool all_ = true;
  queue_set some_;
};

/// Are some of these queues served? O(greatest number / 64), as all of this. @{
[[nodiscard]] inline bool any_served(const queue_set& queues, const served_queues& by) {
  for (std::size_t i = 0; i < queues.words(); ++i) {
    if ((queues.word(i) & by.word(i)) != 0) return true;
  }
  return false;
}
[[nodiscard]] inline bool any_served(const queue_set& queues, const served_queues& by,
                                     const served_queues& and_by) {
  for (std::size_t i = 0; i < queues.words(); ++i) {
    if ((queues.word(i) & by.word(i) & and_by.word(i)) != 0) return true;
  }
  return false;
}
/// @}

/// Calls the function with each of these queues that is served.
template <class Function>
void for_each_served(const queue_set& queues, const served_queues& by, Function&& function) {
  for (std::size_t i = 0; i < queues.words(); ++i) {
    for (std::uint64_t left = queues.word(i) & by.word(i); left != 0; left &= left - 1) {
      function(static_cast<queue_id>(i * 64 + static_cast<std::size_t>(std::countr_zero(left))));
    }
  }
}

}  // namespace cohort::dispatch::detail
