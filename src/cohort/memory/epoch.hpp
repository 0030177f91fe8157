#pragma once

#include <cohort/memory/rma_operations.hpp>

#include <exception>
#include <span>

namespace cohort {

template <class T>
class window;

/// Who may hold a lock at the same time: one rank alone, or any number of those that ask to share it.
enum class lock_type : int { exclusive = MPI_LOCK_EXCLUSIVE, shared = MPI_LOCK_SHARED };

/// An epoch between two fences, which every rank of the window calls. Made by window::fence_epoch().
///
/// The destructor fences, which blocks until all ranks have come; the operations of all ranks are complete then.
/// While an exception unwinds the stack it does not, since the others may never come.
template <class T>
class [[nodiscard]] fence_epoch final : public rma_operations<T> {
 public:
  /// Completes what was done so far, everywhere, and begins the next part. Collective. MPI_Win_fence.
  void fence(call_site where = call_site::current()) { this->core_.fence(where); }

 private:
  friend class window<T>;
  explicit fence_epoch(detail::win_state& win) : rma_operations<T>{win, detail::access_kind::fence} {}
};

/// An epoch in which one rank's part of the window is locked. Made by window::lock(). The target takes no part.
///
/// The destructor unlocks, which completes the operations here and at the target; also during unwinding.
template <class T>
class [[nodiscard]] lock_epoch final : public passive_operations<T> {
 public:
  /// Blocks until the operations so far are complete at the target too. MPI_Win_flush.
  void flush(call_site where = call_site::current()) const { this->core_.flush(unset, false, where); }
  /// Blocks until this rank's memory is free again, or filled. MPI_Win_flush_local.
  void flush_local(call_site where = call_site::current()) const { this->core_.flush(unset, true, where); }

 private:
  friend class window<T>;
  lock_epoch(detail::win_state& win, int target) : passive_operations<T>{win, detail::access_kind::lock, target} {}
};

/// An epoch in which all ranks' parts are locked, shared. Made by window::lock_all(). As lock_epoch otherwise.
template <class T>
class [[nodiscard]] lock_all_epoch final : public passive_operations<T> {
 public:
  /// Blocks until the operations on `target`, or on all, are complete there. MPI_Win_flush, MPI_Win_flush_all. @{
  void flush(int target, call_site where = call_site::current()) const { this->core_.flush(target, false, where); }
  void flush(call_site where = call_site::current()) const { this->core_.flush(unset, false, where); }
  /// @}
  /// Blocks until this rank's memory is free again, or filled. MPI_Win_flush_local, MPI_Win_flush_local_all. @{
  void flush_local(int target, call_site where = call_site::current()) const {
    this->core_.flush(target, true, where);
  }
  void flush_local(call_site where = call_site::current()) const { this->core_.flush(unset, true, where); }
  /// @}

 private:
  friend class window<T>;
  explicit lock_all_epoch(detail::win_state& win) : passive_operations<T>{win, detail::access_kind::lock_all} {}
};

/// An epoch that reaches the ranks which post() this one. Made by window::start(). The destructor
/// (MPI_Win_complete) completes the operations on this side; the targets' exposure_epoch tells them when they are
/// complete there.
template <class T>
class [[nodiscard]] access_epoch final : public rma_operations<T> {
 private:
  friend class window<T>;
  access_epoch(detail::win_state& win, std::span<const int> targets)
      : rma_operations<T>{win, detail::access_kind::start} {
    this->core_.started.assign(targets.begin(), targets.end());
  }
};

/// The time in which this rank's part of a window is exposed to the ranks named in window::post(). The destructor
/// waits until each of them has ended its access_epoch; not while an exception unwinds the stack.
class [[nodiscard]] exposure_epoch {
 public:
  exposure_epoch(const exposure_epoch&) = delete;
  exposure_epoch& operator=(const exposure_epoch&) = delete;
  ~exposure_epoch();

  /// Whether they have; never blocks. MPI_Win_test.
  bool test(call_site where = call_site::current());
  /// Waits now, as the destructor would, but tells errors. MPI_Win_wait.
  void wait(call_site where = call_site::current());

 private:
  template <class T>
  friend class window;
  exposure_epoch(detail::win_state& win, std::span<const int> origins, const call_site& where);

  detail::win_state* win_;
  int exceptions_ = std::uncaught_exceptions();
};

}  // namespace cohort
