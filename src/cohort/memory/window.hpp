#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/datatype.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/memory/detail/win_state.hpp>
#include <cohort/memory/epoch.hpp>

#include <mpi.h>

#include <concepts>
#include <span>

namespace cohort {

/// Memory of every rank that the others can read and write without its help (MPI's one-sided communication).
///
///   cohort::window<double> win{world, 100};         // collective: 100 elements here, zeroed
///   {
///     auto epoch = win.lock(1, cohort::lock_type::shared);
///     epoch.put(values, {.offset = 5});             // into rank 1's elements from 5 on
///   }                                               // complete there
///
/// Operations are members of epochs, so that none can be used outside one. An access epoch is one of fence_epoch
/// (all ranks come), lock or lock_all (the target takes no part), start (the ranks that post come); a window has
/// one kind of them at a time on a rank (argument_error otherwise), and must outlive them.
///
/// Each rank chooses its own length; each knows all of them (one MPI_Allgather at creation), so that no operation
/// ever leaves the target's memory. Creation and destruction are collective; destruction blocks until all ranks
/// come (MPI_Win_free), and while an exception unwinds the stack is left to MPI_Finalize.
///
/// Open MPI 4.1.4 (osc/rdma) works on the target's memory directly for 8-byte numbers, under a lock for others,
/// within a node; over TCP the target must be inside MPI now and then. A window over the caller's memory on one
/// rank has no component there: operations are done on the memory itself.
template <class T>
class window {
  static_assert(plain<T>, "cohort: a window holds plain elements, which others read as they lie in memory");

 public:
  /// Belongs to nobody; every operation throws until a real one is moved here.
  window() noexcept = default;
  /// `n` elements on this rank, zeroed, in memory of MPI's. Collective.
  window(const communicator& comm, std::size_t n, call_site where = call_site::current())
      : state_{detail::win_state::allocate(comm, n, element, where)} {}
  /// The caller's memory, which must outlive the window. Collective.
  window(const communicator& comm, std::span<T> memory, call_site where = call_site::current())
      : state_{detail::win_state::create(comm, memory.data(), memory.size(), element, where)} {}

  explicit operator bool() const noexcept { return state_ != nullptr; }
  [[nodiscard]] int rank() const noexcept { return state_ ? state_->rank : unset; }
  [[nodiscard]] int ranks() const noexcept { return state_ ? state_->size : 0; }
  /// Elements of this rank, and of `rank`. No communication. @{
  [[nodiscard]] std::size_t size() const noexcept { return state_ ? state_->length(state_->rank) : 0; }
  [[nodiscard]] std::size_t size(int rank) const noexcept { return state_->length(rank); }
  /// @}
  /// This rank's own elements. Use them as long as no other rank does: MPI knows nothing of it.
  [[nodiscard]] std::span<T> local() const noexcept {
    return state_ ? std::span<T>{reinterpret_cast<T*>(state_->base), size()} : std::span<T>{};
  }
  /// Still ours; MPI_WIN_NULL on a communicator of one rank over the caller's memory.
  [[nodiscard]] MPI_Win native() const noexcept { return state_ ? state_->win : MPI_WIN_NULL; }

  /// Begins an epoch that the next fence ends, everywhere. Collective. MPI_Win_fence.
  cohort::fence_epoch<T> fence_epoch(call_site where = call_site::current()) const {
    auto& win = open(detail::access_kind::fence, "fence_epoch", where);
    const detail::wait_scope busy{where, "fence_epoch"};
    settle(win, win.alone() ? MPI_SUCCESS : MPI_Win_fence(MPI_MODE_NOPRECEDE, win.win), "MPI_Win_fence", where);
    return cohort::fence_epoch<T>{win};
  }
  /// Begins an epoch with the lock of `target`; may block until others give it up. MPI_Win_lock.
  lock_epoch<T> lock(int target, lock_type type, call_site where = call_site::current()) const {
    (void)detail::living(state_, "lock", where).locate("lock", {target, 0}, 0, where);
    auto& win = open(detail::access_kind::lock, "lock", where);
    const detail::wait_scope busy{where, "lock"};
    settle(win, win.alone() ? MPI_SUCCESS : MPI_Win_lock(static_cast<int>(type), target, 0, win.win),
           "MPI_Win_lock", where, target);
    return {win, target};
  }
  /// Begins an epoch with everybody's shared lock. Not collective. MPI_Win_lock_all.
  lock_all_epoch<T> lock_all(call_site where = call_site::current()) const {
    auto& win = open(detail::access_kind::lock_all, "lock_all", where);
    const detail::wait_scope busy{where, "lock_all"};
    settle(win, win.alone() ? MPI_SUCCESS : MPI_Win_lock_all(0, win.win), "MPI_Win_lock_all", where);
    return lock_all_epoch<T>{win};
  }
  /// Exposes this rank's part to the `origins`, each of which must start() an epoch that names this rank.
  /// MPI_Win_post.
  exposure_epoch post(std::span<const int> origins, call_site where = call_site::current()) const {
    return {detail::living(state_, "post", where), origins, where};
  }
  /// Begins an epoch with the `targets`, each of which must post() this rank. May block until they have.
  /// MPI_Win_start.
  access_epoch<T> start(std::span<const int> targets, call_site where = call_site::current()) const {
    const detail::rank_group group{detail::living(state_, "start", where), targets, "start", where};
    auto& win = open(detail::access_kind::start, "start", where);
    const detail::wait_scope busy{where, "start"};
    settle(win, win.alone() ? MPI_SUCCESS : MPI_Win_start(group.native(), 0, win.win), "MPI_Win_start", where);
    return {win, targets};
  }

 private:
  static constexpr detail::win_state::element element{sizeof(T), alignof(T)};

  [[nodiscard]] detail::win_state& open(detail::access_kind kind, const char* routine,
                                        const call_site& where) const {
    auto& win = detail::living(state_, routine, where);
    win.open(kind, routine, where);
    return win;
  }
  static void settle(detail::win_state& win, int code, const char* routine, const call_site& where,
                     int target = mpi_error::context::absent) {
    if (code != MPI_SUCCESS) win.close();
    win.check(code, routine, where, target);
  }

  detail::together<detail::win_state> state_;
};

}  // namespace cohort
