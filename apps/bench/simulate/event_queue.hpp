#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cohort_simulate {

/// A moment of the simulation, in nanoseconds from its beginning.
using moment = std::int64_t;

struct event {
  enum class kind : std::uint8_t {
    master_hears,    ///< a letter comes to a master's inbox
    master_reads,    ///< a master takes the next letter from its inbox
    master_reports,  ///< a sub-master's reports to the root are due
    letter_comes,    ///< to a worker
    worker_looks,    ///< a worker looks at its mail
    task_ends,
    worker_reports  ///< a worker's reports are due
  };
  moment when = 0;
  std::uint64_t turn = 0;  ///< those of one moment happen in the order in which they were planned
  kind what = kind::task_ends;
  std::uint32_t who = 0;
  std::uint32_t letter = 0;  ///< or the number of the reports that are due
};

/// Events in the order of time: a heap of four children to a node, which is flatter and kinder to caches.
class event_queue {
 public:
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::uint64_t planned() const { return turns_; }

  void plan(moment when, event::kind what, std::uint32_t who, std::uint32_t letter = 0) {
    heap_.push_back({});
    std::size_t hole = heap_.size() - 1;
    const event e{when, turns_++, what, who, letter};
    for (; hole > 0 && before(e, heap_[(hole - 1) / 4]); hole = (hole - 1) / 4) heap_[hole] = heap_[(hole - 1) / 4];
    heap_[hole] = e;
  }

  event pop() {
    const event first = heap_.front();
    const event last = heap_.back();
    heap_.pop_back();
    if (heap_.empty()) return first;
    std::size_t hole = 0;
    for (;;) {
      const std::size_t from = 4 * hole + 1;
      if (from >= heap_.size()) break;
      std::size_t least = from;
      for (std::size_t i = from + 1; i < from + 4 && i < heap_.size(); ++i) {
        if (before(heap_[i], heap_[least])) least = i;
      }
      if (!before(heap_[least], last)) break;
      heap_[hole] = heap_[least];
      hole = least;
    }
    heap_[hole] = last;
    return first;
  }

 private:
  static bool before(const event& a, const event& b) {
    return a.when != b.when ? a.when < b.when : a.turn < b.turn;
  }

  std::vector<event> heap_;
  std::uint64_t turns_ = 0;
};

}  // namespace cohort_simulate
