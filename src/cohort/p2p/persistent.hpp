#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/completion.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/request.hpp>
#include <cohort/p2p/detail/send_mode.hpp>

#include <memory>
#include <utility>

namespace cohort {

namespace detail {

/// A persistent MPI_Request: the part of persistent_request that completions of many work on.
class persistent_pending {
 public:
  persistent_pending() noexcept = default;
  persistent_pending(MPI_Request raw, const operation& what, owned<arrival> brings) noexcept
      : raw_{raw}, what_{what}, arrival_{std::move(brings)} {}

  [[nodiscard]] bool active() const noexcept { return active_; }
  [[nodiscard]] bool receives() const noexcept { return what_.receives; }
  [[nodiscard]] MPI_Request raw() const noexcept { return raw_; }
  [[nodiscard]] const operation& what() const noexcept { return what_; }
  void put_back(MPI_Request raw) noexcept { raw_ = raw; }
  /// MPI frees a persistent request that ends in an error, as any other.
  [[noreturn]] void fail(int code, const MPI_Status& done);
  /// Not active any more; what to tell of it.
  [[nodiscard]] status completed(const MPI_Status& done);
  /// Throws argument_error if it cannot be started now.
  void check_start(const call_site& where) const;
  void started(MPI_Request raw) noexcept {
    raw_ = raw;
    active_ = true;
  }
  /// For MPI_Start: the handle, with the record of what came before wiped out.
  [[nodiscard]] MPI_Request ready() noexcept {
    if (arrival_) arrival_->reset();
    return raw_;
  }
  /// Completes it if it is active (while an exception unwinds the stack: cancels a receive, lets a send go), frees
  /// it.
  void finish() noexcept;

 private:
  MPI_Request raw_ = MPI_REQUEST_NULL;
  operation what_;
  bool active_ = false;
  int exceptions_ = std::uncaught_exceptions();
  owned<arrival> arrival_;  ///< at check level 1, of a receive
};

}  // namespace detail

/// A transfer that is set up once and started many times, from or into memory of the caller: what a loop that talks
/// to the same neighbours again and again saves on each message. Made by send_init, ssend_init, recv_init.
/// Move-only.
///
/// The memory is borrowed until this object is gone: it must keep its address and length (assigning a
/// vector to a vector may give it other memory; copy into it). It may be changed (send)
/// or read (receive) only while the transfer is not active. The destructor, and moving onto it, completes an active
/// transfer, which blocks as wait() does, and frees the request (MPI_Request_free); while an exception unwinds the
/// stack it does not block: a receive is cancelled, a send let go with the caller's memory. Keeps the communicator
/// alive. Takes part in wait_all and its kin (core/wait.hpp).
class persistent_request {
 public:
  persistent_request() noexcept = default;
  persistent_request(persistent_request&& other) noexcept
      : pending_{std::exchange(other.pending_, {})}, info_{other.info_}, state_{std::move(other.state_)} {}
  persistent_request& operator=(persistent_request&& other) noexcept;
  ~persistent_request() { pending_.finish(); }

  /// Begins the transfer. One MPI_Start; does not block, does not allocate. Throws argument_error if the last one
  /// is not complete yet (MPI would be undefined), or if there is nothing to start: default-constructed, moved
  /// from, or ended by an error.
  void start(call_site where = call_site::current());
  /// Started and not yet known to be complete.
  [[nodiscard]] bool active() const noexcept { return pending_.active(); }
  /// Blocks until the transfer is complete; if none is active, returns the status of the last one at once. Throws
  /// mpi_error; after that this object cannot be started again (MPI has freed the request).
  status wait();
  /// Whether no transfer is active any more; never blocks. Throws as wait().
  bool test();
  /// Asks MPI to give up a receive that no message has met; wait() then tells by status::cancelled(). A send cannot
  /// be cancelled.
  void cancel();

  /// For the operations.
  persistent_request(MPI_Request raw, const detail::operation& what, std::shared_ptr<detail::comm_state> state,
                     detail::owned<detail::arrival> brings = {}) noexcept
      : pending_{raw, what, std::move(brings)}, state_{std::move(state)} {}

 private:
  friend struct detail::completion;
  template <class Requests>
  friend void start_all_of(Requests requests, const call_site& where);
  void settle(const status& done) noexcept { info_ = done; }

  detail::persistent_pending pending_;
  status info_;
  std::shared_ptr<detail::comm_state> state_;
};

template <class Requests>
void start_all_of(Requests requests, const call_site& where) {
  requests.each([&](const auto& one) { one.pending_.check_start(where); });
  typename Requests::array array{requests.size()};
  auto* next = array.raw().data();
  requests.each([&](auto& one) { *next++ = one.pending_.ready(); });
  const int n = detail::narrow_count(array.raw().size(), "start_all");
  if (const int code = MPI_Startall(n, array.raw().data()); code != MPI_SUCCESS) {
    detail::throw_call_failed(code, "MPI_Startall", where);
  }
  std::size_t i = 0;
  requests.each([&](auto& one) { one.pending_.started(array.raw()[i++]); });
}

/// Starts all of them: one MPI_Startall. On the heap nothing for those given one by one and for ranges of up to 32,
/// else one allocation. Throws as start(), before any is started. @{
template <std::same_as<persistent_request>... Requests>
requires(sizeof...(Requests) != 0) void start_all(Requests&... requests) {
  start_all_of(detail::request_pack<Requests...>{requests...}, call_site::current());
}
template <std::ranges::forward_range Range>
requires std::same_as<std::ranges::range_reference_t<Range>, persistent_request&> void start_all(
    Range&& range, call_site where = call_site::current()) {
  start_all_of(detail::request_sequence<std::remove_reference_t<Range>>{range}, where);
}
/// @}

namespace detail {

template <class T>
constexpr void require_lasting() {
  static_assert(
      shape_of<std::remove_cvref_t<T>> != shape::object,
      "cohort: a persistent request takes plain values and ranges; a serialised object has no fixed bytes");
  static_assert(
      std::is_lvalue_reference_v<T> || is_view<std::remove_cvref_t<T>>,
      "cohort: a persistent request borrows its memory, and a temporary would be gone; give it a variable");
}

template <class Mode, int Level, class T>
persistent_request init_send(const p2p_operations& comm, T&& what, to where_to, const call_site& where) {
  require_sendable<std::remove_reference_t<T>>();
  require_lasting<T>();
  auto& state = access::state(comm, Mode::init_name, where);
  check_dest(Mode::init_name, state, where_to.dest, where_to.tag, where);
  const auto place = view_of(what);
  const outgoing<Level, std::remove_cvref_t<T>> wire{place};
  MPI_Request raw = MPI_REQUEST_NULL;
  check(Mode::init(wire.data(), wire.count(), wire.type(), where_to.dest, where_to.tag, state.comm, &raw),
        Mode::init_routine, state, where, where_to.dest, where_to.tag, place.count);
  return {raw,
          {Mode::init_routine, state.rank, where_to.dest, where_to.tag, where, false, false, watch_id(state)},
          access::shared(comm)};
}

}  // namespace detail

template <class T>
persistent_request p2p_operations::send_init(T&& what, to where_to, call_site where) const {
  return detail::init_send<detail::standard_mode, check_level>(*this, std::forward<T>(what), where_to, where);
}

template <class T>
persistent_request p2p_operations::ssend_init(T&& what, to where_to, call_site where) const {
  return detail::init_send<detail::synchronous_mode, check_level>(*this, std::forward<T>(what), where_to, where);
}

template <class T>
persistent_request p2p_operations::recv_init(T&& destination, from where_from, call_site where) const {
  detail::require_lasting<T>();
  auto& state = detail::access::state(*this, "recv_init", where);
  detail::check_source("recv_init", state, where_from.source, where_from.tag, where);
  const auto place = detail::room_of(destination);
  detail::coming<check_level, std::remove_cvref_t<T>> wire{place};
  MPI_Request raw = MPI_REQUEST_NULL;
  detail::check(
      MPI_Recv_init(wire.data(), wire.count(), wire.type(), where_from.source, where_from.tag, state.comm, &raw),
      "MPI_Recv_init", state, where, where_from.source, where_from.tag, place.count);
  return {raw,
          {"MPI_Recv_init", state.rank, where_from.source, where_from.tag, where, true, false, watch_id(state)},
          detail::access::shared(*this),
          wire.record()};
}

}  // namespace cohort
