#include <cohort/core/detail/waiting.hpp>

namespace cohort::detail {

constinit std::atomic<watcher*> watching{nullptr};

namespace {

constinit thread_local wait_slot* own = nullptr;

/// A thread's slot, from its first use to the thread's end.
class owner {
 public:
  explicit owner(watcher& by) : by_{by} { by_.join(slot); }
  owner(const owner&) = delete;
  owner& operator=(const owner&) = delete;
  ~owner() {
    own = nullptr;
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
    own = &mine.slot;
  } catch (...) {
    return nullptr;
  }
  return own;
}

wait_slot* slot() noexcept {
  return own != nullptr ? own : begin_slot();
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
  auto* const mine = idle_slot();
  if (mine == nullptr) return nullptr;
  const auto at = mine->place_for(what.kind);
  mine->write(at, what);
  mine->describe_one(at);
  mine->step(1);
  return mine;
}

wait_slot* begin_wait(const comm_state& comm, const char* operation, const char* file, std::uint64_t line_and_kind,
                      std::uint64_t peer_and_tag) noexcept {
  auto* const mine = idle_slot();
  if (mine == nullptr) return nullptr;
  auto id = comm.watch_id.load(std::memory_order_relaxed);
  if (id == 0) [[unlikely]]
    id = watch_id(comm);
  const auto at = mine->place_for(static_cast<wait_kind>(wait_slot::low(line_and_kind)));
  mine->write(at, operation, file, line_and_kind, peer_and_tag, id);
  mine->describe_one(at);
  mine->step(1);
  return mine;
}

wait_slot* begin_wait(const char* several, const awaited& one, const awaited& other) noexcept {
  auto* const mine = idle_slot();
  if (mine == nullptr) return nullptr;
  mine->write(0, one);
  mine->write(1, other);
  mine->describe(several, 2);
  mine->step(1);
  return mine;
}

void note_look(const awaited& what, bool found) noexcept {
  auto* const mine = idle_slot();
  if (mine == nullptr) return;
  if (found) {
    mine->step(2);
    return;
  }
  const auto looks = mine->looks.load(std::memory_order_relaxed);
  mine->looks.store(looks + 1, std::memory_order_release);
  std::atomic_thread_fence(std::memory_order_release);
  mine->write(0, what);
  mine->describe_one(0);
  mine->looks.store(looks + 2, std::memory_order_release);
}

void note_sent(const awaited& what) noexcept {
  auto* const mine = slot();
  if (mine != nullptr) mine->write(mine->place_for(wait_kind::sends), what);
}

}  // namespace cohort::detail
