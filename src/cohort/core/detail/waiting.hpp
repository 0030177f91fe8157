#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/detail/comm_state.hpp>

#include <array>
#include <atomic>
#include <cstdint>

/// What a rank waits for, said where a watchdog can read it: the one way from the operations to observe/. Off, each
/// costs the load of a pointer and a branch; on, a call with some eight stores, and no clock, lock or allocation.
namespace cohort::detail {

enum class wait_kind : unsigned char {
  receives,  ///< a message of the peer
  sends,     ///< a message to the peer
  together,  ///< the other ranks of the communicator in the same operation; the peer is the root, if that is not
             ///< negative
  other      ///< something that only MPI knows
};

/// One thing to wait for. Pointers are to constants of the program. Ranks are those of the communicator.
struct awaited {
  const char* operation = "";
  call_site where = {};
  wait_kind kind = wait_kind::other;
  unsigned comm = 0;  ///< see watch_id
  int peer = mpi_error::context::absent;
  int tag = mpi_error::context::absent;
};

/// Where one thread says what it waits for, and a watchdog reads it at any time. Only that thread writes.
///
/// `turn` is odd while it waits, and grows with all that it completes; `looks` is odd while it writes down that it
/// looked in vain for a message, and grows with each such look.
class wait_slot {
 public:
  static constexpr unsigned room = 8;     ///< things waited for at once; of more only their number is known
  static constexpr unsigned history = 4;  ///< the last messages sent, kept for the report
  /// In four words, each one store. Numbers are halves of a word, the first above the second.
  struct item {
    std::atomic<const char*> operation{""};
    std::atomic<const char*> file{""};
    std::atomic<std::uint64_t> line_and_kind{pair(0, static_cast<int>(wait_kind::other))};
    std::atomic<std::uint64_t> peer_and_tag{0};
    std::atomic<unsigned> comm{0};
  };
  [[nodiscard]] static constexpr std::uint64_t pair(int high, int low) noexcept {
    return (std::uint64_t{static_cast<std::uint32_t>(high)} << 32U) | static_cast<std::uint32_t>(low);
  }
  [[nodiscard]] static constexpr int high(std::uint64_t word) noexcept { return static_cast<int>(word >> 32U); }
  [[nodiscard]] static constexpr int low(std::uint64_t word) noexcept {
    return static_cast<int>(static_cast<std::uint32_t>(word));
  }

  std::atomic<unsigned> turn{0};
  std::atomic<unsigned> looks{0};
  std::atomic<const char*> any_of{nullptr};  ///< the operation that waits for several things, as "wait_all"
  /// Of the items: above, the first; below, how many, which may be more than there is room for; negative if it is
  /// one, which is all of it.
  std::atomic<std::uint64_t> first_and_number{0};
  std::array<item, room + history> items;

  [[nodiscard]] bool busy() const noexcept { return (turn.load(std::memory_order_relaxed) & 1U) != 0; }
  void write(unsigned index, const char* operation, const char* file, std::uint64_t line_and_kind,
             std::uint64_t peer_and_tag, unsigned comm) noexcept {
    constexpr auto relaxed = std::memory_order_relaxed;
    auto& place = items[index];
    place.operation.store(operation, relaxed);
    place.file.store(file, relaxed);
    place.line_and_kind.store(line_and_kind, relaxed);
    place.peer_and_tag.store(peer_and_tag, relaxed);
    place.comm.store(comm, relaxed);
  }
  void write(unsigned index, const awaited& what) noexcept {
    write(index, what.operation, what.where.file, pair(what.where.line, static_cast<int>(what.kind)),
          pair(what.peer, what.tag), what.comm);
  }
  /// Sends go to the history in turns, all else to the front.
  [[nodiscard]] unsigned place_for(wait_kind kind) noexcept {
    if (kind != wait_kind::sends) return 0;
    const auto sent = sent_.load(std::memory_order_relaxed);
    sent_.store(sent + 1, std::memory_order_relaxed);
    return room + sent % history;
  }
  /// Which of the history is the oldest, once that is full.
  [[nodiscard]] unsigned oldest_sent() const noexcept {
    const auto sent = sent_.load(std::memory_order_relaxed);
    return sent < history ? 0 : sent % history;
  }
  void describe(const char* several, int n) noexcept {
    any_of.store(several, std::memory_order_relaxed);
    first_and_number.store(pair(0, n), std::memory_order_relaxed);
  }
  void describe_one(unsigned index) noexcept {
    first_and_number.store(pair(static_cast<int>(index), -1), std::memory_order_relaxed);
  }
  void step(unsigned by) noexcept {
    turn.store(turn.load(std::memory_order_relaxed) + by, std::memory_order_release);
    // What is written next must not be seen before.
    std::atomic_thread_fence(std::memory_order_release);
  }

 private:
  std::atomic<unsigned> sent_{0};
};

/// Who watches. It outlives all threads.
class watcher {
 public:
  watcher() = default;
  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;
  virtual ~watcher() = default;

  /// A thread begins to use its slot, and ends. @{
  virtual void join(wait_slot& slot) = 0;
  virtual void quit(wait_slot& slot) noexcept = 0;
  /// @}
  /// The number of a communicator that has none yet: its members are noted, from MPI's local knowledge.
  virtual unsigned enlist(const comm_state& comm) = 0;
  /// What it is called in reports.
  virtual void name(const comm_state& comm, const char* how, const comm_state& parent, const call_site& where) = 0;
  virtual void strike(unsigned comm) noexcept = 0;
};

/// Null unless a watchdog is on.
extern constinit std::atomic<watcher*> watching;
[[nodiscard]] inline watcher* watched() noexcept {
  return watching.load(std::memory_order_relaxed);
}

/// These are called while a watchdog is on. @{
[[nodiscard]] unsigned enlisted(watcher& by, const comm_state& comm) noexcept;
/// The slot, unless this thread waits already: then what it does is a part of that.
[[nodiscard]] wait_slot* begin_wait(const awaited& what) noexcept;
/// The same, with all arguments in registers: what messages of a few hundred nanoseconds can afford.
[[nodiscard]] wait_slot* begin_wait(const comm_state& comm, const char* operation, const char* file,
                                    std::uint64_t line_and_kind, std::uint64_t peer_and_tag) noexcept;
[[nodiscard]] wait_slot* begin_wait(const char* several, const awaited& one, const awaited& other) noexcept;
/// For what `add` is called with each, before begin_wait.
[[nodiscard]] wait_slot* idle_slot() noexcept;
void note_look(const awaited& what, bool found) noexcept;
void note_sent(const awaited& what) noexcept;
/// @}

/// The number by which slots name a communicator; 0 while nobody watches.
[[nodiscard]] inline unsigned watch_id(const comm_state& comm) noexcept {
  auto* const by = watched();
  return by == nullptr ? 0 : enlisted(*by, comm);
}

/// The thread waits from here to the end of the scope.
class [[nodiscard]] wait_scope {
 public:
  wait_scope() noexcept = default;
  wait_scope(const comm_state& comm, const char* operation, wait_kind kind, int peer, int tag,
             const call_site& where) noexcept {
    if (watched() != nullptr) [[unlikely]] {
      slot_ = begin_wait(comm, operation, where.file, wait_slot::pair(where.line, static_cast<int>(kind)),
                         wait_slot::pair(peer, tag));
    }
  }
  /// In a collective operation.
  wait_scope(const comm_state& comm, const char* operation, const call_site& where,
             int root = mpi_error::context::absent) noexcept
      : wait_scope{comm, operation, wait_kind::together, root, mpi_error::context::absent, where} {}
  /// To send and to receive.
  wait_scope(const comm_state& comm, const char* operation, const exchange& with, const call_site& where) noexcept {
    if (auto* const by = watched()) [[unlikely]] {
      const auto id = enlisted(*by, comm);
      slot_ = begin_wait(operation, {"send", where, wait_kind::sends, id, with.dest, with.sendtag},
                         {"recv", where, wait_kind::receives, id, with.source, with.recvtag});
    }
  }
  /// Of which MPI alone knows who must come.
  wait_scope(const call_site& where, const char* operation) noexcept {
    if (watched() != nullptr) [[unlikely]]
      slot_ = begin_wait({.operation = operation, .where = where});
  }
  /// For something that was started, which tells with to_await() what it is.
  template <class Started>
  explicit wait_scope(const Started& what) noexcept {
    if (watched() != nullptr) [[unlikely]]
      slot_ = begin_wait(what.to_await());
  }
  /// For several things: each(add) calls add(awaited) for all.
  template <class Each>
  wait_scope(const char* several, Each&& each) noexcept {
    if (watched() == nullptr) [[likely]]
      return;
    slot_ = idle_slot();
    if (slot_ == nullptr) return;
    int n = 0;
    each([&](const awaited& what) {
      if (n < static_cast<int>(wait_slot::room)) slot_->write(static_cast<unsigned>(n), what);
      ++n;
    });
    slot_->describe(several, n);
    slot_->step(1);
  }
  wait_scope(wait_scope&& other) noexcept : slot_{other.slot_} { other.slot_ = nullptr; }
  wait_scope& operator=(wait_scope&&) = delete;
  ~wait_scope() {
    if (slot_ != nullptr) [[unlikely]]
      slot_->step(1);
  }

 private:
  wait_slot* slot_ = nullptr;
};

/// The thread has looked for something that it may wait for. If it was there, something has moved.
inline void looked(const comm_state& comm, const char* operation, int peer, int tag, const call_site& where,
                   bool found) noexcept {
  if (auto* const by = watched()) [[unlikely]]
    note_look({operation, where, wait_kind::receives, enlisted(*by, comm), peer, tag}, found);
}
template <class Started>
void looked(const Started& what, bool found) noexcept {
  if (watched() != nullptr) [[unlikely]]
    note_look(what.to_await(), found);
}
/// At several things.
inline void looked(const char* operation, bool found) noexcept {
  if (watched() != nullptr) [[unlikely]]
    note_look({.operation = operation}, found);
}

}  // namespace cohort::detail
