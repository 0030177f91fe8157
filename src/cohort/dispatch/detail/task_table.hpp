#pragma once

#include <cohort/dispatch/types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace cohort::dispatch::detail {

enum class stage : std::uint8_t {
  none,      ///< not added yet, or over and forgotten
  queued,    ///< waiting for a worker
  delayed,   ///< waiting for its moment
  assigned,  ///< at a worker
  ended      ///< over, but its turn to be told has not come (ordered delivery)
};

struct task_record;
struct task_links {
  task_record* prev;
  task_record* next;
};

/// One cache line.
struct task_record {
  static constexpr std::uint32_t none = 0xffffffffU;

  union {
    task_links links{nullptr, nullptr};  ///< queued: its neighbours there
    std::uint32_t current;               ///< assigned: the attempt's place in the attempt table
  };
  task_id id = 0;
  duration timeout{0};
  std::int32_t priority = 0;
  std::uint32_t retries = 0;   ///< left
  std::uint32_t attempts = 0;  ///< made; the current one is the last of them
  std::uint32_t losses = 0;    ///< workers lost under it
  std::uint32_t avoid = none;  ///< the worker where it failed last
  worker_id worker = 0;        ///< where it was last
  std::uint32_t times = none;  ///< its place in the delay queue, if it needs one
  queue_id queue = 0;
  stage state = stage::none;
  bool success : 1 = false;
  bool retrying : 1 = false;  ///< an attempt failed, overran its timeout or was lost
  bool part : 1 = false;      ///< begins even when the run winds up
  end_reason reason : 4 = end_reason::failed;

  [[nodiscard]] attempt_id attempt() const { return attempts == 0 ? 0 : attempts - 1; }
};

/// The unfinished tasks by id, in pages that are given back when all their tasks are over: an endless input runs in
/// bounded memory, and one straggler holds one page (16 KiB), not all that came after it. Records do not move.
/// O(1).
class task_table {
 public:
  [[nodiscard]] task_id next_id() const { return next_; }

  task_record& add() {
    if (next_ % page_size == 0) pages_.push_back(fresh_page());
    page& p = *pages_.back();
    task_record& t = p.tasks[next_ % page_size];
    t = task_record{};
    t.id = next_++;
    ++p.alive;
    return t;
  }

  /// Null if it was never added or is forgotten.
  [[nodiscard]] task_record* find(task_id id) const {
    const task_id number = id / page_size - first_page_;
    if (id / page_size < first_page_ || number >= pages_.size() || !pages_[number]) return nullptr;
    task_record& t = pages_[number]->tasks[id % page_size];
    return t.state == stage::none ? nullptr : &t;
  }

  /// What is left of one that is forgotten, as long as its page is held: only how it ended. Null if nothing is.
  [[nodiscard]] const task_record* remember(task_id id) const {
    const task_id number = id / page_size - first_page_;
    if (id / page_size < first_page_ || number >= pages_.size() || !pages_[number]) return nullptr;
    return &pages_[number]->tasks[id % page_size];
  }

  void forget(task_record& t) {
    const task_id number = t.id / page_size;
    t.state = stage::none;
    std::unique_ptr<page>& p = pages_[number - first_page_];
    if (--p->alive != 0 || number == next_ / page_size) return;  // a page that still grows is kept
    release(p);
    while (!pages_.empty() && !pages_.front()) {
      pages_.pop_front();
      ++first_page_;
    }
  }

  /// Pages held now.
  [[nodiscard]] std::size_t pages() const {
    std::size_t n = 0;
    for (const auto& p : pages_) n += p ? 1 : 0;
    return n;
  }

  template <class Function>
  void for_each(Function&& function) const {
    for (const auto& p : pages_) {
      if (!p) continue;
      for (task_record& t : p->tasks) {
        if (t.state != stage::none) function(t);
      }
    }
  }

 private:
  static constexpr task_id page_size = 256;
  struct page {
    std::array<task_record, page_size> tasks;
    std::uint32_t alive = 0;
  };

  std::unique_ptr<page> fresh_page() {
    return spare_ ? std::move(spare_) : std::make_unique<page>();  // all tasks of a spare page are forgotten
  }
  void release(std::unique_ptr<page>& p) {
    if (!spare_) spare_ = std::move(p);
    p.reset();
  }

  std::deque<std::unique_ptr<page>> pages_;  ///< null: all its tasks are over
  std::unique_ptr<page> spare_;
  task_id first_page_ = 0;
  task_id next_ = 0;
};

static_assert(sizeof(task_record) <= 64);

}  // namespace cohort::dispatch::detail
