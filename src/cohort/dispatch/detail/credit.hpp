#pragma once

#include <cohort/dispatch/settings.hpp>

#include <algorithm>
#include <cstdint>

namespace cohort::dispatch::detail {

/// How much a worker may hold beyond what it runs, and how much of it goes into one message. Counted in time: the
/// cost of a task is learnt from the reports.
class credit {
 public:
  explicit credit(const settings& s)
      : quantum_{static_cast<double>(s.quantum.count())},
        given_{s.prefetch},
        most_{s.max_batch},
        single_{s.how == schedule::self} {}

  /// A mean that forgets: of all at first, then of about the last sixteen. The first samples are often odd (cold
  /// caches, a trivial first task), so the limit below grows with their number, too.
  void learn(duration took) {
    samples_ = std::min(samples_ + 1, most_samples);
    const double sample = std::max(1.0, static_cast<double>(took.count()));
    cost_ += (sample - cost_) / std::min(static_cast<double>(samples_), 16.0);
    per_quantum_ = quantum_ / cost_;
  }

  [[nodiscard]] duration cost() const { return duration{static_cast<duration::rep>(cost_)}; }

  /// Attempts that a worker may hold beyond those that run; a fast one counts as if it had more slots.
  [[nodiscard]] std::uint32_t limit(double slots) const {
    if (given_ != automatic) return given_;
    if (samples_ == 0) return 0;
    const double two_quanta = 2 * per_quantum_ * slots;
    const double least = per_quantum_ > 1 ? 3 : 1;  // four tiny tasks outstanding hide a message's journey
    const double most = std::min(std::max(2.0 * most_, least), 4.0 * samples_);
    return static_cast<std::uint32_t>(std::min(std::max(two_quanta, least), most));
  }

  /// Attempts per message for that limit: half of it, so that one half runs while the other travels.
  [[nodiscard]] std::uint32_t message(std::uint32_t limit_now) const {
    return std::clamp<std::uint32_t>(limit_now / 2 + limit_now % 2, 1, single_ ? 1 : most_);
  }

 private:
  static constexpr std::uint32_t most_samples = 1U << 20;
  double quantum_;
  std::uint32_t given_;
  std::uint32_t most_;
  bool single_;  ///< self-scheduling: one per message
  std::uint32_t samples_ = 0;
  double cost_ = 0;
  double per_quantum_ = 0;
};

}  // namespace cohort::dispatch::detail
