#pragma once

#include <cohort/async/async_recv.hpp>
#include <cohort/p2p/detail/send_mode.hpp>

#include <type_traits>
#include <utility>

namespace cohort {
namespace detail {

template <int Level, class T>
class send_awaiter final : public pending_awaiter {
 public:
  send_awaiter(const comm_state& state, T& what, to where_to, const call_site& where) noexcept
      : state_{&state}, what_{&what}, to_{where_to}, where_{where} {}
  [[nodiscard]] bool await_ready() {
    if constexpr (shape_of<std::remove_const_t<T>> == shape::object) {
      packed_ = serial::pack(*what_);
      return start(
          start_send<standard_mode, Level, std::remove_const_t<T>>(*state_, view_of(packed_), to_, where_));
    } else {
      return start(start_send<standard_mode, Level, std::remove_const_t<T>>(*state_, view_of(*what_), to_, where_));
    }
  }
  void await_resume() { finish(); }

 private:
  const comm_state* state_;
  T* what_;
  to to_;
  call_site where_;
  buffer<std::byte> packed_;
};

/// A send that begins when it is awaited. T is a reference to what lives elsewhere, or what is sent.
template <int Level, class T>
struct async_sending {
  const p2p_operations* comm;
  T what;
  to where_to;
  call_site where;
  auto operator co_await() {
    auto& state = access::state(*comm, "async_send", where);
    check_dest("async_send", state, where_to.dest, where_to.tag, where);
    return send_awaiter<Level, std::remove_reference_t<T>>{state, what, where_to, where};
  }
};

}  // namespace detail

template <class T>
auto p2p_operations::async_send(T&& what, to where_to, call_site where) const {
  detail::require_sendable<std::remove_reference_t<T>>();
  return detail::async_sending<check_level, T>{this, std::forward<T>(what), where_to, where};
}

}  // namespace cohort
