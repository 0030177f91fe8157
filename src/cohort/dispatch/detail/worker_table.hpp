#pragma once

#include <cohort/dispatch/counts.hpp>
#include <cohort/dispatch/types.hpp>

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace cohort::dispatch::detail {

struct worker_record {
  worker_id id = 0;
  worker_counts totals;
  bool recalled = false;    ///< asked to give attempts back, and has not answered yet
  bool gave = false;        ///< something since it was asked
  bool refused = false;     ///< had nothing to give the last time; nobody asks again before it got something new
  std::uint32_t asked = 0;  ///< for how many that help
  std::uint32_t asked_for = 0;  ///< the pool that they would help
  std::uint32_t pool = 0;       ///< of those that serve the same queues
  std::uint64_t turn = 0;       ///< when it came into the list of workers that it is in
  struct {
    std::uint32_t in = 0;
    bool present = false;
    std::uint32_t slots = 0;
    std::uint32_t free = 0;
  } counted;  ///< its part of its pool's sums

  [[nodiscard]] bool accepts() const { return totals.present && !totals.draining; }
  [[nodiscard]] std::uint32_t free() const { return totals.slots - std::min(totals.slots, totals.assigned); }
  /// Attempts it holds beyond those that run.
  [[nodiscard]] std::uint32_t waiting() const { return totals.assigned - std::min(totals.slots, totals.assigned); }
};

/// Every worker that ever joined; places do not change.
class worker_table {
 public:
  static constexpr std::uint32_t none = 0xffffffffU;

  [[nodiscard]] std::uint32_t find(worker_id id) const {
    const auto found = places_.find(id);
    return found == places_.end() ? none : found->second;
  }
  std::uint32_t add(worker_id id) {
    const auto place = static_cast<std::uint32_t>(workers_.size());
    workers_.emplace_back().id = id;
    places_.emplace(id, place);
    return place;
  }
  [[nodiscard]] worker_record& operator[](std::uint32_t place) { return workers_[place]; }
  [[nodiscard]] const worker_record& operator[](std::uint32_t place) const { return workers_[place]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(workers_.size()); }

 private:
  std::vector<worker_record> workers_;
  std::unordered_map<worker_id, std::uint32_t> places_;
};

}  // namespace cohort::dispatch::detail
