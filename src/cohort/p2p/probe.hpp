#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/wire_count.hpp>
#include <cohort/serial/pack.hpp>

#include <utility>

namespace cohort {

/// A message that was taken out of the matching by mprobe or improbe and waits to be received, by this object
/// alone. Move-only; receive it exactly once. Destroying it unreceived receives it into the void, so that the
/// sender ends.
class message {
 public:
  message(MPI_Message raw, const status& info, std::shared_ptr<detail::comm_state> state) noexcept
      : raw_{raw}, info_{info}, state_{std::move(state)} {}
  message(message&& other) noexcept
      : raw_{std::exchange(other.raw_, MPI_MESSAGE_NULL)}, info_{other.info_}, state_{std::move(other.state_)} {}
  message& operator=(message&& other) noexcept;
  ~message() { discard(); }

  [[nodiscard]] int source() const noexcept { return info_.source(); }
  [[nodiscard]] int tag() const noexcept { return info_.tag(); }
  [[nodiscard]] const status& info() const noexcept { return info_; }

  /// Receives it as a T. One MPI_Mrecv; blocks at most until the data has come.
  template <class T>
  [[nodiscard]] T recv(call_site where = call_site::current()) {
    T result{};
    recv_into(result, where);
    return result;
  }
  /// Receives it into memory of the caller: containers are resized, for values and spans it must not be longer.
  template <class T>
  void recv_into(T&& destination, call_site where = call_site::current());

 private:
  void take(const detail::view& place, const call_site& where);
  void discard() noexcept;

  MPI_Message raw_;
  status info_;
  std::shared_ptr<detail::comm_state> state_;
};

template <class T>
void message::recv_into(T&& destination, call_site where) {
  using Bare = std::remove_cvref_t<T>;
  constexpr auto shape = detail::shape_of<Bare>;
  if constexpr (shape == detail::shape::object) {
    buffer<std::byte> packed(info_.bytes());
    take(detail::view_of(packed), where);
    serial::unpack_received({packed.data(), packed.size()}, destination, "recv", state_->rank, where);
  } else {
    if constexpr (shape == detail::shape::growing) {
      constexpr auto each = datatype<detail::element_t<Bare>>::wire_size;
      if (info_.bytes() % each != 0) {
        detail::throw_short_message("recv", state_->rank, info_.bytes(), each, where);
      }
      detail::set_size(destination, info_.bytes() / each);
    } else if constexpr (shape == detail::shape::value) {
      constexpr auto wanted = datatype<Bare>::wire_size;
      if (info_.bytes() != wanted && info_.source() != proc_null) {
        detail::throw_short_message("recv", state_->rank, info_.bytes(), wanted, where);
      }
    }
    take(detail::room_of(destination), where);
  }
}

}  // namespace cohort
