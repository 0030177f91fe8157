#pragma once

#include <cohort/dispatch/types.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace cohort_farm {

/// How long one that has joined a farm may still run its tasks. It sends numbered beats, and the farm says each
/// back that it has heard. The farm takes it for lost a lease after it has heard something; it stops by itself half
/// a lease after it has *sent* the last beat that was said back, which is earlier, whatever stood still in between
/// and for how long: the farm heard that beat after it was sent. Each side looks at its own clock alone. No clock
/// here: the time is told.
class tenure {
 public:
  using time_point = cohort::dispatch::time_point;
  using duration = cohort::dispatch::duration;

  tenure(duration lease, time_point now) : lease_{lease}, good_from_{now}, next_beat_{now} {}

  /// So often a beat is due.
  [[nodiscard]] static duration interval(duration lease) {
    return std::min<duration>(std::chrono::seconds{1}, lease / 10);
  }
  /// The number of the beat that is to be sent now, if one is due.
  [[nodiscard]] std::optional<std::uint64_t> beat(time_point now) {
    if (now < next_beat_) return std::nullopt;
    next_beat_ = now + interval(lease_);
    sent_.push_back(now);
    return first_ + sent_.size() - 1;
  }
  /// The farm has said this one back.
  void said_back(std::uint64_t beat) {
    if (beat < first_ || beat - first_ >= sent_.size()) return;
    const auto at = static_cast<std::ptrdiff_t>(beat - first_);
    good_from_ = sent_[static_cast<std::size_t>(at)];
    sent_.erase(sent_.begin(), sent_.begin() + at + 1);
    first_ = beat + 1;
  }
  /// From then on nothing may run any more.
  [[nodiscard]] time_point end() const { return good_from_ + lease_ / 2; }

 private:
  duration lease_;
  time_point good_from_;  ///< when the latest beat that was said back was sent
  time_point next_beat_;
  std::uint64_t first_ = 1;      ///< number of the first of sent_
  std::deque<time_point> sent_;  ///< when; not said back yet
};

}  // namespace cohort_farm
