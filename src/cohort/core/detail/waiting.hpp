#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/detail/comm_state.hpp>

#include <array>
#include <atomic>
#include <cstdint>

/// What a rank waits for, said where a watchdog can read it: the one way from the operations to observe/. Off, each
/// costs the load of a pointer and a branch; on, six stores, and no clock, lock, allocation or call.
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
/// All that changes with every operation beside what is waited for is in one word, `state`: the turn, which is odd
/// while the thread waits and grows with all that it completes; how many sends are in the history, modulo its
/// length; and where what is waited for stands. `looks` is odd while the thread writes down that it looked in vain
/// for a message, and grows with each such look.
class alignas(64) wait_slot {
 public:
  static constexpr unsigned room = 8;     ///< things waited for at once; of more only their number is known
  static constexpr unsigned history = 4;  ///< the last messages sent, kept for the report
  /// In four words, each one store; see pair() and place().
  struct alignas(32) item {
    std::atomic<const char*> operation{""};
    std::atomic<const char*> file{""};
    std::atomic<std::uint64_t> peer_and_tag{0};
    std::atomic<std::uint64_t> place{wait_slot::place(0, wait_kind::other, 0)};
  };
  /// Two numbers in a word, the first above the second. @{
  [[nodiscard]] static constexpr std::uint64_t pair(int high, int low) noexcept {
    return (std::uint64_t{static_cast<std::uint32_t>(high)} << 32U) | static_cast<std::uint32_t>(low);
  }
  [[nodiscard]] static constexpr int high(std::uint64_t word) noexcept { return static_cast<int>(word >> 32U); }
  [[nodiscard]] static constexpr int low(std::uint64_t word) noexcept {
    return static_cast<int>(static_cast<std::uint32_t>(word));
  }
  /// @}
  /// A line, a kind and a communicator in a word. @{
  [[nodiscard]] static constexpr std::uint64_t place(int line, wait_kind kind, unsigned comm) noexcept {
    return pair(line, 0) | (std::uint64_t{static_cast<unsigned char>(kind)} << comm_bits) | comm;
  }
  [[nodiscard]] static constexpr wait_kind kind(std::uint64_t place) noexcept {
    return static_cast<wait_kind>((place >> comm_bits) & 3U);
  }
  [[nodiscard]] static constexpr unsigned comm(std::uint64_t place) noexcept {
    return static_cast<unsigned>(place & ((1U << comm_bits) - 1));
  }
  /// @}

  std::atomic<std::uint64_t> state{0};
  std::atomic<unsigned> looks{0};
  /// Of several things waited for: their number, which may be more than there is room for, and the operation that
  /// waits for them, as "wait_all", if it is another than theirs. @{
  std::atomic<int> number{0};
  std::atomic<const char*> any_of{nullptr};
  /// @}
  std::array<item, room + history> items;

  /// Parts of the state. @{
  [[nodiscard]] static constexpr std::uint64_t turn(std::uint64_t state) noexcept { return state / one_turn; }
  [[nodiscard]] static constexpr bool several(std::uint64_t state) noexcept { return (state & is_several) != 0; }
  /// The first thing that is waited for.
  [[nodiscard]] static constexpr unsigned first(std::uint64_t state) noexcept {
    return (state & is_send) != 0 ? room + (sends(state) + history - 1) % history : 0;
  }
  /// How many messages were sent, modulo the history: once that is full, which is the oldest.
  [[nodiscard]] static constexpr unsigned sends(std::uint64_t state) noexcept {
    return static_cast<unsigned>(state / one_sent) % history;
  }
  /// @}

  [[nodiscard]] bool busy() const noexcept { return (now() & one_turn) != 0; }
  void write(unsigned index, const char* operation, const char* file, std::uint64_t peer_and_tag,
             std::uint64_t place) noexcept {
    constexpr auto relaxed = std::memory_order_relaxed;
    auto& one = items[index];
    one.operation.store(operation, relaxed);
    one.file.store(file, relaxed);
    one.peer_and_tag.store(peer_and_tag, relaxed);
    one.place.store(place, relaxed);
  }
  void write(unsigned index, const awaited& what) noexcept {
    write(index, what.operation, what.where.file, pair(what.peer, what.tag),
          place(what.where.line, what.kind, what.comm));
  }
  /// The thread waits for one thing, unless it waits already. Sends go to the history in turns, all else to the
  /// front.
  [[nodiscard]] bool begin(const char* operation, wait_kind kind, int peer, int tag, const call_site& where,
                           unsigned comm) noexcept {
    const auto before = now();
    if ((before & one_turn) != 0) return false;
    const bool sends_it = kind == wait_kind::sends;
    write(sends_it ? room + sends(before) : 0, operation, where.file, pair(peer, tag),
          place(where.line, kind, comm));
    become((sends_it ? counted(alone(before)) | is_send : alone(before)) + one_turn);
    return true;
  }
  /// It waits for the first n items.
  void begin_several(const char* operation, int n) noexcept {
    any_of.store(operation, std::memory_order_relaxed);
    number.store(n, std::memory_order_relaxed);
    become((alone(now()) | is_several) + one_turn);
  }
  void end() noexcept { become(now() + one_turn); }
  /// It has completed something without waiting.
  void pass() noexcept { become(now() + 2 * one_turn); }
  /// It does not wait, and the first item is what it last did.
  void show_first() noexcept { become(alone(now())); }
  /// Into the history, whether it waits or not.
  void note_sent(const awaited& what) noexcept {
    const auto before = now();
    if ((before & one_turn) != 0 && (before & is_send) != 0) return;  // a part of that send
    write(room + sends(before), what);
    become(counted(before));
  }

 private:
  static constexpr unsigned comm_bits = 30;
  static constexpr std::uint64_t is_send = 1;
  static constexpr std::uint64_t is_several = 2;
  static constexpr std::uint64_t one_sent = 4;
  static constexpr std::uint64_t one_turn = one_sent * history;

  [[nodiscard]] static constexpr std::uint64_t alone(std::uint64_t state) noexcept {
    return state & ~(is_send | is_several);
  }
  [[nodiscard]] static constexpr std::uint64_t counted(std::uint64_t state) noexcept {
    constexpr std::uint64_t sent = one_turn - one_sent;
    return (state & ~sent) | ((state + one_sent) & sent);
  }
  [[nodiscard]] std::uint64_t now() const noexcept { return state.load(std::memory_order_relaxed); }
  void become(std::uint64_t next) noexcept {
    state.store(next, std::memory_order_release);
    // What is written next must not be seen before.
    std::atomic_thread_fence(std::memory_order_release);
  }
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

/// The slot of this thread, if it has one yet.
extern constinit thread_local wait_slot* own_slot;

/// These are called while a watchdog is on. @{
[[nodiscard]] unsigned enlisted(watcher& by, const comm_state& comm) noexcept;
/// The slot, unless this thread waits already: then what it does is a part of that.
[[nodiscard]] wait_slot* begin_wait(const awaited& what) noexcept;
[[nodiscard]] wait_slot* begin_wait(const char* several, const awaited& one, const awaited& other) noexcept;
/// For what `add` is called with each, before begin_several.
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
    auto* const by = watched();
    if (by == nullptr) [[likely]]
      return;
    // Here, and not in a function: messages of a few hundred nanoseconds feel it.
    auto* const mine = own_slot;
    const auto id = comm.watch_id.load(std::memory_order_relaxed);
    if (mine == nullptr || id == 0) [[unlikely]] {
      if (idle_slot() != nullptr) slot_ = begin_wait({operation, where, kind, enlisted(*by, comm), peer, tag});
    } else if (mine->begin(operation, kind, peer, tag, where, id)) {
      slot_ = mine;
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
    slot_->begin_several(several, n);
  }
  wait_scope(wait_scope&& other) noexcept : slot_{other.slot_} { other.slot_ = nullptr; }
  wait_scope& operator=(wait_scope&&) = delete;
  ~wait_scope() {
    if (slot_ != nullptr) [[unlikely]]
      slot_->end();
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
