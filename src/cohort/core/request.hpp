#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/arrival.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/uncaught.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/status.hpp>

#include <mpi.h>

#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace cohort {
namespace detail {

/// What is remembered of a started operation, for the error it may end with.
struct operation {
  const char* routine = "";
  int rank = mpi_error::context::absent;
  int peer = mpi_error::context::absent;
  int tag = mpi_error::context::absent;
  call_site where;
  bool receives = false;
  bool collective = false;
  unsigned comm = 0;  ///< see watch_id

  [[nodiscard]] awaited to_await() const noexcept {
    // Nobody need be where this was started: of a collective that was started, nothing can be told.
    const auto kind = collective || tag == mpi_error::context::absent ? wait_kind::other
                      : receives                                      ? wait_kind::receives
                                                                      : wait_kind::sends;
    return {routine, where, kind, comm, peer, tag};
  }
};

/// An MPI_Request that is always completed: the part of request<T> that does not know T.
///
/// Destroying a live one completes it: it blocks until the other side has done its part. While an exception unwinds
/// the stack nobody may be waited for: a receive is cancelled; a send, which MPI cannot cancel, is let go and its
/// memory (if it is ours) is leaked on purpose, since MPI may still read it. So is a collective operation.
class pending {
 public:
  pending() noexcept = default;
  pending(MPI_Request raw, const operation& what, owned<arrival> brings = {}) noexcept
      : raw_{raw}, what_{what}, exceptions_{uncaught_exceptions()}, arrival_{std::move(brings)} {}
  pending(pending&& other) noexcept
      : raw_{std::exchange(other.raw_, MPI_REQUEST_NULL)},
        what_{other.what_},
        exceptions_{other.exceptions_},
        lost_{std::exchange(other.lost_, false)},
        arrival_{std::move(other.arrival_)} {}
  pending& operator=(pending&&) = delete;
  ~pending() = default;

  [[nodiscard]] bool active() const noexcept { return raw_ != MPI_REQUEST_NULL; }
  [[nodiscard]] bool receives() const noexcept { return what_.receives; }
  [[nodiscard]] const operation& what() const noexcept { return what_; }
  [[noreturn]] void throw_short(std::size_t came, std::size_t wanted) const;
  /// Blocks; then `info` tells what has come.
  void wait(status& info) {
    if (arrival_ || watched() != nullptr) [[unlikely]] {
      wait_told(info);
    } else if (const int code = MPI_Wait(&raw_, info.native()); code != MPI_SUCCESS) [[unlikely]] {
      fail(code, *info.native());
    }
  }
  std::optional<status> test();
  void cancel();
  /// See arrival::look. To be called before many are waited for.
  bool look(bool wait);
  /// What arrives with it, to be replaced by something that holds it.
  [[nodiscard]] owned<arrival>& brings() noexcept { return arrival_; }
  /// For completions of many (see wait.hpp): the handle; taking it back; what to tell of its completion; and ending
  /// in an error. @{
  [[nodiscard]] MPI_Request raw() const noexcept { return raw_; }
  void put_back(MPI_Request raw) noexcept { raw_ = raw; }
  [[nodiscard]] status completed(const MPI_Status& done) {
    status info{done};
    if (arrival_) arrival_->settle(MPI_SUCCESS, info, what_);
    return info;
  }
  [[noreturn]] void fail(int code, const MPI_Status& done);
  /// @}
  /// Lets go of it for good: nobody waits for it, and finish() says that MPI may still use the memory. For a peer
  /// that is lost, since MPI then neither completes nor fails the operation.
  void abandon() noexcept {
    raw_ = MPI_REQUEST_NULL;  // not freed: the operation stays MPI's, which has no way to end it
    lost_ = true;
    [[maybe_unused]] auto* lost = arrival_.release();
  }
  /// Ends it as described above; false if MPI may still use the memory.
  bool finish() noexcept { return !lost_ && (!active() || finish_active()); }
  /// Completes this one (see finish), then takes over the other.
  void replace(pending&& other) noexcept {
    raw_ = std::exchange(other.raw_, MPI_REQUEST_NULL);
    what_ = other.what_;
    exceptions_ = other.exceptions_;
    lost_ = std::exchange(other.lost_, false);
    arrival_ = std::move(other.arrival_);
  }

 private:
  /// wait(), where somebody else is to be told of it: who watches, or what arrives with it.
  void wait_told(status& info);
  bool finish_active() noexcept;
  [[nodiscard]] mpi_error::context context() const noexcept {
    return {
        .routine = what_.routine, .rank = what_.rank, .peer = what_.peer, .tag = what_.tag, .where = what_.where};
  }

  MPI_Request raw_ = MPI_REQUEST_NULL;
  operation what_;
  int exceptions_ = 0;
  bool lost_ = false;  ///< given up, though MPI may still use the memory
  owned<arrival> arrival_;
};

/// The way from a request to its MPI_Request, for completions of many at once.
struct completion;

/// Containers whose elements stay where they are when the container moves; other objects get a place on the heap.
template <class T>
inline constexpr bool stays_put = is_buffer<T>::value;
template <class T, class A>
inline constexpr bool stays_put<std::vector<T, A>> = true;

}  // namespace detail

/// An operation that was started and will be complete: move-only.
///
/// request<void> borrows the caller's memory (or owns a serialised copy of what is being sent); request<T> owns the
/// object being sent or received, and get() hands it out. The destructor completes the operation, which blocks as
/// wait() does; so does moving onto a live request. During stack unwinding nothing blocks (see detail::pending).
template <class T>
class request {
 public:
  request() noexcept = default;
  request(request&& other) noexcept = default;
  request& operator=(request&& other) noexcept {
    if (this != &other) {
      finish();
      pending_.replace(std::move(other.pending_));
      held_ = std::move(other.held_);
      info_ = other.info_;
    }
    return *this;
  }
  ~request() { finish(); }

  /// Not yet known to be complete.
  [[nodiscard]] bool active() const noexcept { return pending_.active(); }
  /// Blocks until the operation is complete. Throws mpi_error. A second call returns the same status.
  status wait() {
    if (pending_.active()) {
      pending_.wait(info_);
      settle();
    }
    return info_;
  }
  /// Whether the operation is complete; never blocks. Throws mpi_error.
  bool test() {
    if (!pending_.active()) return true;
    const auto done = pending_.test();
    if (done) settle(*done);
    return done.has_value();
  }
  /// Waits, then gives up the object: what was received, or the container that was sent. Once.
  [[nodiscard]] T get() {
    wait();
    return std::move(place());
  }
  /// Asks MPI to give the operation up. It must still be completed: status::cancelled() then tells whether it was.
  /// Only a receive that no message has met yet can be cancelled; a send never (it goes on as if nothing was said).
  void cancel() { pending_.cancel(); }

  /// For the operations: prepares the place, then `start(place)` begins the transfer and tells what it is.
  template <class Start>
  request(T&& object, Start&& start) : held_(hold(std::move(object))), pending_(start(place())) {}

 private:
  friend struct detail::completion;
  static constexpr bool inside = detail::stays_put<T>;
  using holder = std::conditional_t<inside, T, std::unique_ptr<T>>;
  static holder hold(T&& object) {
    if constexpr (inside) {
      return std::move(object);
    } else {
      return std::make_unique<T>(std::move(object));
    }
  }
  [[nodiscard]] T& place() noexcept {
    if constexpr (inside) {
      return held_;
    } else {
      return *held_;
    }
  }

  /// A receive may bring less than there is room for: containers shrink to it, for a single value it is an error.
  void settle(const status& done) {
    info_ = done;
    settle();
  }
  void settle() {
    if (pending_.receives() && !info_.cancelled()) shrink(place());
  }
  void shrink(T& object) {
    if constexpr (detail::shape_of<T> == detail::shape::growing) {
      const auto n = info_.template count<detail::element_t<T>>();
      if constexpr (is_buffer<T>::value) {
        object.truncate(n);
      } else {
        object.resize(n);
      }
    } else if (info_.bytes() != datatype<T>::wire_size && info_.source() != proc_null) {
      pending_.throw_short(info_.bytes(), datatype<T>::wire_size);
    }
  }
  void finish() noexcept {
    if (!pending_.finish()) leak();
  }
  void leak() noexcept {
    if constexpr (inside) {
      [[maybe_unused]] auto* lost = new (std::nothrow) T(std::move(held_));
    } else {
      [[maybe_unused]] auto* lost = held_.release();
    }
  }

  holder held_{};
  detail::pending pending_;
  status info_;
};

template <>
class request<void> {
 public:
  request() noexcept = default;
  explicit request(detail::pending&& started, buffer<std::byte> keep = {}) noexcept
      : pending_{std::move(started)}, keep_{std::move(keep)} {}
  /// For the operations: what `start()` returns is made in place. Moving what was written just now costs a message
  /// of 8 bytes a tenth of its time, since the wide loads of a copy wait for the narrow stores before them, and
  /// these for all that the MPI call stored in memory that the other rank reads.
  template <class Start>
  // No request is called so. NOLINTNEXTLINE(bugprone-forwarding-reference-overload)
  requires(std::is_same_v<std::invoke_result_t<Start>, detail::pending>) explicit request(Start&& start)
      : pending_(start()) {}
  request(request&&) noexcept = default;
  request& operator=(request&& other) noexcept {
    if (this != &other) {
      finish();
      pending_.replace(std::move(other.pending_));
      keep_ = std::move(other.keep_);
      info_ = other.info_;
    }
    return *this;
  }
  ~request() { finish(); }

  [[nodiscard]] bool active() const noexcept { return pending_.active(); }
  status wait() {
    if (pending_.active()) pending_.wait(info_);
    return info_;
  }
  bool test() {
    if (!pending_.active()) return true;
    const auto done = pending_.test();
    if (done) settle(*done);
    return done.has_value();
  }
  /// Waits: the same as wait(), for code that treats all requests alike.
  void get() { wait(); }
  void cancel() { pending_.cancel(); }

 private:
  friend struct detail::completion;
  void settle(const status& done) noexcept { info_ = done; }
  void finish() noexcept {
    if (!pending_.finish()) [[maybe_unused]]
      auto* lost = new (std::nothrow) buffer<std::byte>(std::move(keep_));
  }

  detail::pending pending_;
  buffer<std::byte> keep_;
  status info_;
};

}  // namespace cohort
