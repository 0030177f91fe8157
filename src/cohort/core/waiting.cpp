#include <cohort/core/detail/waiting.hpp>

namespace cohort::detail {

constinit std::atomic<watcher*> watching{nullptr};
constinit thread_local wait_slot* own_slot = nullptr;

namespace {

/// A thread's slot, from its first use to the thread's end.
class owner {
 public:
  explicit owner(watcher& by) : by_{by} { by_.join(slot); }
  owner(const owner&) = delete;
  owner& operator=(const owner&) = delete;
  ~owner() {
    own_slot = nullptr;
    by_.quit(slot);
  }
  wait_slot slot;

 private:
  watcher& by_;
};

/// Null without memory: then this thread goes unwatched.
[[gnu::noinline]] wait_slot* begin_slot() noexcept {
  auto* const by = watched();
  if (by == nullptr) return nullptr;
  try {
    thread_local owner mine{*by};
    own_slot = &mine.slot;
  } catch (...) {
    return nullptr;
  }
  return own_slot;
}

wait_slot* slot() noexcept {
  return own_slot != nullptr ? own_slot : begin_slot();
}

}  // namespace

unsigned enlisted(watcher& by, const comm_state& comm) noexcept {
  if (const auto id = comm.watch_id.load(std::memory_order_relaxed); id != 0) [[likely]]
    return id;
  try {
    return by.enlist(comm);
  } catch (...) {
    return 0;
  }
}

wait_slot* idle_slot() noexcept {
  auto* const mine = slot();
  return mine == nullptr || mine->busy() ? nullptr : mine;
}

wait_slot* begin_wait(const awaited& what) noexcept {
  auto* const mine = slot();
  if (mine == nullptr || !mine->begin(what.operation, what.kind, what.peer, what.tag, what.where, what.comm))
    return nullptr;
  return mine;
}

wait_slot* begin_wait(const char* several, const awaited& one, const awaited& other) noexcept {
  auto* const mine = idle_slot();
  if (mine == nullptr) return nullptr;
  mine->write(0, one);
  mine->write(1, other);
  mine->begin_several(several, 2);
  return mine;
}

void note_look(const awaited& what, bool found) noexcept {
  auto* const mine = idle_slot();
  if (mine == nullptr) return;
  if (found) {
    mine->pass();
    return;
  }
  const auto looks = mine->looks.load(std::memory_order_relaxed);
  mine->looks.store(looks + 1, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_release);
  mine->write(0, what);
  mine->show_first();
  mine->looks.store(looks + 2, std::memory_order_release);
}

void note_sent(const awaited& what) noexcept {
  if (auto* const mine = slot()) mine->note_sent(what);
}

}  // namespace cohort::detail
