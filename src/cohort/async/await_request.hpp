#pragma once

#include <cohort/async/error.hpp>
#include <cohort/async/event_loop.hpp>
#include <cohort/core/detail/completion.hpp>
#include <cohort/core/request.hpp>

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace cohort {
namespace detail {

/// Awaits a request that stays where it is.
template <class Request>
class request_awaiter : public request_waiter {
 public:
  explicit request_awaiter(Request& one) noexcept : one_{&one} {}
  request_awaiter(const request_awaiter&) = delete;
  request_awaiter& operator=(const request_awaiter&) = delete;
  ~request_awaiter() = default;

  [[nodiscard]] bool await_ready() { return one_->test(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) {
    if constexpr (!is_polled<Request>) {
      if (completion::only_mpi_left(*one_)) {
        by_handle_ = true;
        wait_for(completion::raw(*one_), task);
        return;
      }
    }
    wait_for_look(task);
  }
  status await_resume() {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    if constexpr (!is_polled<Request>) {
      if (by_handle_) {
        if (code() != MPI_SUCCESS) completion::fail(*one_, code(), outcome());
        completion::settle(*one_, left(), outcome());
      }
    }
    auto info = one_->wait();  // it is complete
    if (told() && info.cancelled()) throw stopped_error{};
    return info;
  }

 private:
  void completed([[maybe_unused]] MPI_Request raw) noexcept override {
    if constexpr (!is_polled<Request>) completion::put_back(*one_, raw);
  }
  bool look() noexcept override {
    try {
      return one_->test();
    } catch (...) {
      error_ = std::current_exception();
      return true;
    }
  }
  void stop() noexcept override {
    try {
      if constexpr (is_polled<Request>) {
        one_->cancel();
      } else {
        if (!completion::receives(*one_)) return;  // what is sent will be received
        one_->cancel();
      }
    } catch (...) {  // then it is waited for
    }
    look_now();
  }

  Request* one_;
  bool by_handle_ = false;
  std::exception_ptr error_;
};

/// Awaits a request and takes what it has brought.
template <class Request>
class taking_awaiter final : public request_awaiter<Request> {
 public:
  explicit taking_awaiter(Request& one) noexcept : request_awaiter<Request>{one}, request_{&one} {}
  auto await_resume() {
    const status info = request_awaiter<Request>::await_resume();
    if constexpr (requires { requires !std::is_void_v<decltype(request_->get())>; }) {
      return request_->get();
    } else {
      return info;
    }
  }

 private:
  Request* request_;
};

}  // namespace detail

/// Awaiting a request, of any operation that returns one (isend, irecv, irecv_into, iallreduce, a file's iread
/// ...):
///
///   double sum = co_await world.iallreduce(x, std::plus{});   // a request that is given away: what it brings
///   status info = co_await kept;                              // one that has a name: its status; get() has the
///   rest
///
/// A request<void> gives its status both times. When the scope is to stop, a receive that no message has met is
/// cancelled and the co_await throws stopped_error; one that a message has met gives it; sends and collective
/// operations are waited for. Throws what the request's wait() throws. No allocation besides the request's own. @{
template <class Request>
requires(detail::request_like<Request> && !std::is_lvalue_reference_v<Request>) auto operator co_await(
    Request&& one) noexcept {
  return detail::taking_awaiter<Request>{one};
}
template <class Request>
requires detail::request_like<Request>
auto operator co_await(Request& one) noexcept {
  detail::require_mutable<Request>();
  return detail::request_awaiter<Request>{one};
}
/// @}

}  // namespace cohort
