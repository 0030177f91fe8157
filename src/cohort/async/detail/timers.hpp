#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace cohort::detail {

/// Something to be done at a moment. Does not leave the timers by itself.
class timer {
 public:
  using clock = std::chrono::steady_clock;

  timer() = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  [[nodiscard]] bool set() const noexcept { return place_ != unset; }

 protected:
  ~timer() = default;

 private:
  friend class timers;
  static constexpr std::size_t unset = ~std::size_t{0};
  virtual void fire() noexcept = 0;

  clock::time_point when_{};
  std::size_t number_ = 0;  ///< those of one moment fire in the order in which they were set
  std::size_t place_ = unset;
};

/// A heap of timers, which owns none. Setting and taking out cost the logarithm of their number.
class timers {
 public:
  using clock = timer::clock;

  [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
  [[nodiscard]] clock::time_point next() const noexcept { return heap_.front()->when_; }
  void add(timer& one, clock::time_point when);
  /// Nothing, if it is not set.
  void remove(timer& one) noexcept;
  /// Takes out and fires all that are due.
  void fire_due(clock::time_point now) noexcept;

 private:
  static bool before(const timer& a, const timer& b) noexcept {
    return a.when_ != b.when_ ? a.when_ < b.when_ : a.number_ < b.number_;
  }
  void put(std::size_t place, timer* one) noexcept {
    heap_[place] = one;
    one->place_ = place;
  }
  void rise(std::size_t place) noexcept;
  void sink(std::size_t place) noexcept;

  std::vector<timer*> heap_;
  std::size_t numbers_ = 0;
};

}  // namespace cohort::detail
