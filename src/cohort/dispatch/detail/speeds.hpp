#pragma once

#include <cohort/dispatch/types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cohort::dispatch::detail {

/// How fast each worker is beside the others, as the running times of its own results tell (adaptive weighted
/// factoring). Failures tell nothing: a worker where everything fails at once would look fast. O(1) amortised.
class speeds {
 public:
  /// A result took this long there: a mean of all at first, then of about the last sixteen.
  void learn(std::uint32_t worker, duration took) {
    part& w = reach(worker);
    w.samples = std::min(w.samples + 1, 16U);
    const double sample = std::max(1.0, static_cast<double>(took.count()));
    w.mean += (sample - w.mean) / w.samples;
    update(w);
  }

  /// The worker has that many slots for tasks now.
  void count(std::uint32_t worker, std::uint32_t slots) {
    part& w = reach(worker);
    w.slots = slots;
    update(w);
  }

  /// Its speed as a multiple of the mean of all slots; 1 as long as nothing is known of it. For one that counts
  /// that is at most the number of slots, whatever the rounding.
  [[nodiscard]] double relative(std::uint32_t worker) const {
    if (worker >= workers_.size() || workers_[worker].samples == 0 || power_ <= 0) return 1;
    return std::min(slots_ / (power_ * workers_[worker].mean), std::max(slots_, 1.0));
  }

 private:
  struct part {
    double mean = 0;  ///< running time of a task
    std::uint32_t samples = 0;
    std::uint32_t slots = 0;
    double counted_slots = 0;
    double counted_power = 0;  ///< tasks per nanosecond
  };

  part& reach(std::uint32_t worker) {
    if (worker >= workers_.size()) workers_.resize(worker + std::size_t{1});
    return workers_[worker];
  }

  void update(part& w) {
    if (w.samples == 0) return;
    slots_ += w.slots - w.counted_slots;
    power_ += w.slots / w.mean - w.counted_power;
    w.counted_slots = w.slots;
    w.counted_power = w.slots / w.mean;
    if (++updates_ < workers_.size()) return;
    updates_ = 0;  // rounding errors do not add up for long
    slots_ = power_ = 0;
    for (const part& each : workers_) {
      slots_ += each.counted_slots;
      power_ += each.counted_power;
    }
  }

  std::vector<part> workers_;
  double slots_ = 0;  ///< of workers whose speed is known
  double power_ = 0;  ///< of all these
  std::size_t updates_ = 0;
};

}  // namespace cohort::dispatch::detail
