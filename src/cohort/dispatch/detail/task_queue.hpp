#pragma once

#include <cohort/dispatch/detail/task_table.hpp>

#include <cstdint>
#include <functional>
#include <map>

namespace cohort::dispatch::detail {

/// The tasks that wait: greatest priority first, first come first served inside. The links are in the records, so
/// nothing is allocated per task. O(log number of priorities).
class task_queue {
 public:
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// The next one; the queue must not be empty.
  [[nodiscard]] task_record& top() const { return *levels_.begin()->second.first; }

  void push_back(task_record& t) {
    level& l = at(t.priority);
    t.links = {l.last, nullptr};
    (l.last ? l.last->links.next : l.first) = &t;
    l.last = &t;
    ++size_;
  }

  void push_front(task_record& t) {
    level& l = at(t.priority);
    t.links = {nullptr, l.first};
    (l.first ? l.first->links.prev : l.last) = &t;
    l.first = &t;
    ++size_;
  }

  void erase(task_record& t) {
    const auto place = find(t.priority);
    level& l = place->second;
    const auto [prev, next] = t.links;
    (prev ? prev->links.next : l.first) = next;
    (next ? next->links.prev : l.last) = prev;
    --size_;
    if (!l.first) spare_ = levels_.extract(place);  // kept: a queue that is often empty must not allocate each time
  }

  template <class Function>
  void for_each(Function&& function) const {
    for (const auto& [priority, l] : levels_) {
      for (const task_record* t = l.first; t; t = t->links.next) function(*t);
    }
  }

 private:
  struct level {
    task_record* first = nullptr;
    task_record* last = nullptr;
  };
  using map = std::map<std::int32_t, level, std::greater<>>;

  map::iterator find(std::int32_t priority) {
    const auto top = levels_.begin();
    return top != levels_.end() && top->first == priority ? top : levels_.find(priority);
  }

  level& at(std::int32_t priority) {
    const auto found = find(priority);
    if (found != levels_.end()) return found->second;
    if (!spare_) return levels_[priority];
    spare_.key() = priority;
    spare_.mapped() = {};
    return levels_.insert(std::move(spare_)).position->second;
  }

  map levels_;  ///< none is empty
  map::node_type spare_;
  std::uint64_t size_ = 0;
};

}  // namespace cohort::dispatch::detail
