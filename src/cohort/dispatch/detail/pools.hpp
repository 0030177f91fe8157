#pragma once

#include <cohort/dispatch/detail/queue_set.hpp>
#include <cohort/dispatch/detail/worker_table.hpp>
#include <cohort/dispatch/schedule.hpp>

#include <cstdint>
#include <vector>

namespace cohort::dispatch::detail {

/// Workers that serve the same queues.
struct pool {
  served_queues queues;
  chunker portions;           ///< of what they may get
  std::uint64_t members = 0;  ///< workers present
  std::uint64_t slots = 0;    ///< of those that accept tasks
  std::uint64_t free = 0;     ///< of these
  std::uint64_t asked = 0;    ///< attempts that recalls under way may bring them
};

/// All pools. The first is of the workers that serve every queue. Looking for workers costs O(number of pools),
/// which is the number of different sets of queues that are served.
class pool_table {
 public:
  explicit pool_table(schedule how) : how_{how} { pools_.push_back({{}, chunker{how}}); }

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(pools_.size()); }
  [[nodiscard]] pool& operator[](std::uint32_t p) { return pools_[p]; }
  [[nodiscard]] const pool& operator[](std::uint32_t p) const { return pools_[p]; }

  /// The pool that serves these queues; an abandoned one's place is used again.
  std::uint32_t find_or_add(const served_queues& queues) {
    std::uint32_t unused = 0;
    for (std::uint32_t p = 0; p < size(); ++p) {
      if (pools_[p].queues == queues) return p;
      if (p > 0 && pools_[p].members == 0 && pools_[p].asked == 0) unused = p;
    }
    if (unused == 0) {
      pools_.push_back({queues, chunker{how_}});
      return size() - 1;
    }
    pools_[unused] = {queues, chunker{how_}};
    return unused;
  }

  /// Brings what is counted of a worker up to date.
  void count(worker_record& w) {
    pool& then = pools_[w.counted.in];
    const bool accepts = w.accepts();
    const decltype(w.counted) is{w.pool, w.totals.present, accepts ? w.totals.slots : 0, accepts ? w.free() : 0};
    if (is.in == w.counted.in && is.present == w.counted.present && is.slots == w.counted.slots) {
      then.free += std::uint64_t{is.free} - w.counted.free;  // all that an assignment or a report changes
      w.counted.free = is.free;
      return;
    }
    then.members -= w.counted.present ? 1 : 0;
    then.slots -= w.counted.slots;
    then.free -= w.counted.free;
    w.counted = is;
    pool& now = pools_[w.pool];
    now.members += w.counted.present ? 1 : 0;
    now.slots += w.counted.slots;
    now.free += w.counted.free;
  }

  /// Slots of all that compete with this pool for tasks of these queues, itself included.
  [[nodiscard]] std::uint64_t rival_slots(std::uint32_t p, const queue_set& queues) const {
    if (size() == 1) return pools_[0].slots;
    std::uint64_t sum = 0;
    for (const pool& other : pools_) {
      if (any_served(queues, other.queues, pools_[p].queues)) sum += other.slots;
    }
    return sum;
  }

  /// Free slots for tasks of this queue.
  [[nodiscard]] std::uint64_t free_for(queue_id q) const {
    std::uint64_t sum = 0;
    for (const pool& p : pools_) sum += p.queues.contains(q) ? p.free : 0;
    return sum;
  }

 private:
  schedule how_;
  std::vector<pool> pools_;
};

}  // namespace cohort::dispatch::detail
