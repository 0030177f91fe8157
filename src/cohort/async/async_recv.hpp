#pragma once

#include <cohort/async/await_request.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/p2p/irecv.hpp>
#include <cohort/p2p/probing_request.hpp>

#include <coroutine>
#include <type_traits>
#include <utility>

namespace cohort {
namespace detail {

/// An operation of MPI that lies in the frame of the task that awaits it.
class pending_awaiter : public request_waiter {
 public:
  pending_awaiter() noexcept = default;
  pending_awaiter(const pending_awaiter&) = delete;
  pending_awaiter& operator=(const pending_awaiter&) = delete;

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) {
    waited_ = true;
    wait_for(pending_.raw(), task);
  }

 protected:
  /// Where a task was destroyed in the middle, which only a loop that gave up does, this has nothing to leave
  /// behind.
  ~pending_awaiter() { pending_.finish(); }

  /// Whether it is complete at once.
  bool start(pending&& started) {
    pending_.replace(std::move(started));
    const auto done = pending_.test();
    if (done) info_ = *done;
    return done.has_value();
  }
  /// For await_resume.
  const status& finish() {
    if (waited_) {
      if (code() != MPI_SUCCESS) pending_.fail(code(), outcome());
      info_ = pending_.completed(outcome());
    }
    if (told() && info_.cancelled()) throw stopped_error{};
    return info_;
  }
  void require_length(std::size_t wanted) const {
    if (info_.bytes() != wanted && info_.source() != proc_null) [[unlikely]]
      pending_.throw_short(info_.bytes(), wanted);
  }

 private:
  void completed(MPI_Request raw) noexcept override { pending_.put_back(raw); }
  bool look() noexcept override { return false; }
  void stop() noexcept override {
    if (!pending_.receives()) return;
    try {
      pending_.cancel();
    } catch (...) {  // then it is waited for
    }
    look_now();
  }

  pending pending_;
  status info_;
  bool waited_ = false;
};

template <int Level, class T>
class recv_awaiter final : public pending_awaiter {
 public:
  recv_awaiter(const comm_state& state, from where_from, const call_site& where) noexcept
      : state_{&state}, from_{where_from}, where_{where} {}
  [[nodiscard]] bool await_ready() { return start(start_recv<Level, T>(*state_, view_of(value_), from_, where_)); }
  T await_resume() {
    finish();
    require_length(datatype<T>::wire_size);
    return std::move(value_);
  }

 private:
  const comm_state* state_;
  from from_;
  call_site where_;
  T value_{};
};

/// A receive that begins when it is awaited.
template <int Level, class T>
struct async_receive {
  const p2p_operations* comm;
  from where_from;
  call_site where;
  auto operator co_await() const {
    auto& state = access::state(*comm, "async_recv", where);
    check_source("async_recv", state, where_from.source, where_from.tag, where);
    return recv_awaiter<Level, T>{state, where_from, where};
  }
};

/// The same for what is of unknown length.
template <class T>
class probing_awaiter final {
 public:
  explicit probing_awaiter(probing_request<T>&& one) noexcept : one_{std::move(one)} {}
  probing_awaiter(const probing_awaiter&) = delete;
  probing_awaiter& operator=(const probing_awaiter&) = delete;
  ~probing_awaiter() = default;
  [[nodiscard]] bool await_ready() { return inner_.await_ready(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) {
    inner_.await_suspend(task);
  }
  T await_resume() {
    inner_.await_resume();
    return one_.get();
  }

 private:
  probing_request<T> one_;
  request_awaiter<probing_request<T>> inner_{one_};
};
template <int Level, class T>
requires(!plain<T>) struct async_receive<Level, T> {
  const p2p_operations* comm;
  from where_from;
  call_site where;
  auto operator co_await() const { return probing_awaiter<T>{comm->irecv<T>(where_from, where)}; }
};

}  // namespace detail

template <class T>
auto p2p_operations::async_recv(from where_from, call_site where) const {
  return detail::async_receive<check_level, T>{this, where_from, where};
}

}  // namespace cohort
