#pragma once

#include <cohort/dispatch/detail/list_set.hpp>
#include <cohort/dispatch/types.hpp>

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace cohort::dispatch::detail {

struct attempt_record {
  attempt_ref ref;
  std::uint32_t worker = 0;  ///< its place in the worker table
  queue_id queue = 0;        ///< its task's
  bool started : 1 = false;
  bool abandoned : 1 = false;  ///< stopped or cancelled: occupies its slot until it is reported, counts for nothing
  bool doubtful : 1 = false;   ///< its worker may have been lost before it was assigned
  bool waits : 1 = false;      ///< behind as many others as its worker has slots (see reserves)
};

/// The attempts that workers hold, in the order of assignment per worker. O(1).
class attempt_table {
 public:
  static constexpr std::uint32_t none = list_set::none;

  std::uint32_t add(std::uint32_t worker, attempt_ref ref, queue_id queue) {
    std::uint32_t place = 0;
    if (free_.empty()) {
      place = static_cast<std::uint32_t>(attempts_.size());
      attempts_.emplace_back();
      of_worker_.reach_element(place);
    } else {
      place = free_.back();
      free_.pop_back();
    }
    attempts_[place] = {ref, worker, queue};
    of_worker_.reach_list(worker);
    of_worker_.push_back(worker, place);
    return place;
  }

  void erase(std::uint32_t place) {
    if (attempts_[place].abandoned) abandoned_.erase(attempts_[place].ref);
    of_worker_.erase(place);
    free_.push_back(place);
  }

  /// The task goes on without it. Such attempts are few, so they may be looked up the slow way.
  void abandon(std::uint32_t place) {
    attempts_[place].abandoned = true;
    abandoned_.emplace(attempts_[place].ref, place);
  }
  [[nodiscard]] std::uint32_t find_abandoned(attempt_ref ref) const {
    if (abandoned_.empty()) return none;
    const auto found = abandoned_.find(ref);
    return found == abandoned_.end() ? none : found->second;
  }

  [[nodiscard]] attempt_record& operator[](std::uint32_t place) { return attempts_[place]; }
  [[nodiscard]] const attempt_record& operator[](std::uint32_t place) const { return attempts_[place]; }
  [[nodiscard]] std::uint32_t first_of(std::uint32_t worker) const { return of_worker_.front(worker); }
  [[nodiscard]] std::uint32_t last_of(std::uint32_t worker) const { return of_worker_.back(worker); }
  [[nodiscard]] std::uint32_t previous(std::uint32_t place) const { return of_worker_.previous(place); }
  [[nodiscard]] std::uint32_t next(std::uint32_t place) const { return of_worker_.next(place); }
  [[nodiscard]] std::size_t size() const { return attempts_.size() - free_.size(); }
  [[nodiscard]] std::size_t abandoned() const { return abandoned_.size(); }
  void reach_worker(std::uint32_t worker) { of_worker_.reach_list(worker); }

 private:
  struct same {
    bool operator()(attempt_ref a, attempt_ref b) const { return a.task == b.task && a.attempt == b.attempt; }
  };
  struct hash {
    std::size_t operator()(attempt_ref a) const {
      return static_cast<std::size_t>((a.task * 0x9e3779b97f4a7c15U) ^ a.attempt);
    }
  };

  std::vector<attempt_record> attempts_;
  std::vector<std::uint32_t> free_;
  list_set of_worker_;
  std::unordered_map<attempt_ref, std::uint32_t, hash, same> abandoned_;
};

}  // namespace cohort::dispatch::detail
