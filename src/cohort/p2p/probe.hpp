#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/request.hpp>
#include <cohort/p2p/detail/type_record.hpp>
#include <cohort/serial/pack.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace cohort {

namespace detail {

/// A message out of the matching: the part of message that no check level changes.
class matched_message {
 public:
  matched_message(MPI_Message raw, const status& info, std::shared_ptr<comm_state> state) noexcept
      : raw_{raw}, info_{info}, state_{std::move(state)} {}
  matched_message(matched_message&& other) noexcept
      : raw_{std::exchange(other.raw_, MPI_MESSAGE_NULL)}, info_{other.info_}, state_{std::move(other.state_)} {}
  matched_message& operator=(matched_message&& other) noexcept;
  ~matched_message() { discard(); }

  [[nodiscard]] const status& info() const noexcept { return info_; }
  [[nodiscard]] status& info() noexcept { return info_; }
  [[nodiscard]] int rank() const noexcept { return state_ ? state_->rank : -1; }
  /// Receives it as a T.
  template <int Level, class T>
  void take(const view& place, const call_site& where) {
    check_unreceived(where);
    const incoming<Level, T> wire{place};
    auto info = info_;
    const wait_scope busy{*state_, "recv", wait_kind::receives, info_.source(), info_.tag(), where};
    const int code =
        MPI_Mrecv(wire.data(), wire.count(), wire.type(), &raw_, Level > 0 ? info.native() : MPI_STATUS_IGNORE);
    wire.arrived(code, info, {"recv", rank(), where});
    check(code, "MPI_Mrecv", *state_, where, info_.source(), info_.tag(), place.count);
  }
  /// Begins to receive it as a T.
  template <int Level, class T>
  [[nodiscard]] pending start(const view& place, const call_site& where) {
    check_unreceived(where);
    coming<Level, T> wire{place};
    MPI_Request started = MPI_REQUEST_NULL;
    check(MPI_Imrecv(wire.data(), wire.count(), wire.type(), &raw_, &started), "MPI_Imrecv", *state_, where,
          info_.source(), info_.tag(), place.count);
    return {started,
            {"MPI_Imrecv", state_->rank, info_.source(), info_.tag(), where, true, false, watch_id(*state_)},
            wire.record()};
  }
  /// It is not as long as a T can be: throws error, at check level 1 after a look at its type.
  template <int Level, class T>
  [[noreturn]] void refuse(std::size_t wanted, const call_site& where) {
    if constexpr (Level > 0) {
      buffer<std::byte> bytes(info_.bytes());
      take<Level, T>(view_of(bytes), where);
    }
    throw_short_message("recv", rank(), info_.bytes(), wanted, where);
  }

 private:
  void check_unreceived(const call_site& where) const;
  void discard() noexcept;

  MPI_Message raw_;
  status info_;
  std::shared_ptr<comm_state> state_;
};

/// MPI's probes. @{
[[nodiscard]] status probe(const comm_state& state, from where_from, const call_site& where);
[[nodiscard]] std::optional<status> iprobe(const comm_state& state, from where_from, const call_site& where);
[[nodiscard]] matched_message mprobe(const std::shared_ptr<comm_state>& state, from where_from,
                                     const call_site& where);
[[nodiscard]] std::optional<matched_message> improbe(const std::shared_ptr<comm_state>& state, from where_from,
                                                     const call_site& where);
/// @}

}  // namespace detail

inline namespace COHORT_CHECKED {

/// A message that was taken out of the matching by mprobe or improbe and waits to be received, by this object
/// alone. Move-only; receive it exactly once. Destroying it unreceived receives it into the void, so that the
/// sender ends.
class message {
 public:
  explicit message(detail::matched_message&& matched) noexcept : matched_{std::move(matched)} {
    detail::show_data<check_level>(matched_.info());
  }

  [[nodiscard]] int source() const noexcept { return info().source(); }
  [[nodiscard]] int tag() const noexcept { return info().tag(); }
  [[nodiscard]] const status& info() const noexcept { return matched_.info(); }

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
  /// Begins to receive it as a plain value, or a container of such; never blocks. One MPI_Imrecv.
  template <class T>
  [[nodiscard]] request<T> irecv(call_site where = call_site::current());

 private:
  template <class T>
  void fit(T& destination, const call_site& where);

  detail::matched_message matched_;
};

/// Makes a container as long as the message; throws error if it does not fit.
template <class T>
void message::fit([[maybe_unused]] T& destination, [[maybe_unused]] const call_site& where) {
  using Bare = std::remove_const_t<T>;
  constexpr auto shape = detail::shape_of<Bare>;
  [[maybe_unused]] const auto bytes = info().bytes();
  if constexpr (shape == detail::shape::growing) {
    constexpr auto each = datatype<detail::element_t<Bare>>::wire_size;
    if (bytes % each != 0) matched_.template refuse<check_level, Bare>(each, where);
    detail::set_size(destination, bytes / each);
  } else if constexpr (shape == detail::shape::value) {
    constexpr auto wanted = datatype<Bare>::wire_size;
    if (bytes != wanted && source() != proc_null) matched_.template refuse<check_level, Bare>(wanted, where);
  }
}

template <class T>
void message::recv_into(T&& destination, call_site where) {
  using Bare = std::remove_cvref_t<T>;
  if constexpr (detail::shape_of<Bare> == detail::shape::object) {
    buffer<std::byte> packed(info().bytes());
    matched_.template take<check_level, Bare>(detail::view_of(packed), where);
    serial::unpack_received({packed.data(), packed.size()}, destination, "recv", matched_.rank(), where);
  } else {
    fit(destination, where);
    matched_.template take<check_level, Bare>(detail::room_of(destination), where);
  }
}

template <class T>
request<T> message::irecv(call_site where) {
  constexpr auto shape = detail::shape_of<T>;
  static_assert(shape == detail::shape::growing || shape == detail::shape::value,
                "cohort: message::irecv receives plain values and containers of them; use recv for other objects");
  T result{};
  fit(result, where);
  return {std::move(result),
          [&](T& place) { return matched_.template start<check_level, T>(detail::room_of(place), where); }};
}

inline status p2p_operations::probe(from where_from, call_site where) const {
  auto info = detail::probe(detail::access::state(*this, "probe", where), where_from, where);
  detail::show_data<check_level>(info);
  return info;
}

inline std::optional<status> p2p_operations::iprobe(from where_from, call_site where) const {
  auto info = detail::iprobe(detail::access::state(*this, "iprobe", where), where_from, where);
  if (info) detail::show_data<check_level>(*info);
  return info;
}

inline message p2p_operations::mprobe(from where_from, call_site where) const {
  (void)detail::access::state(*this, "mprobe", where);
  return message{detail::mprobe(detail::access::shared(*this), where_from, where)};
}

inline std::optional<message> p2p_operations::improbe(from where_from, call_site where) const {
  (void)detail::access::state(*this, "improbe", where);
  auto matched = detail::improbe(detail::access::shared(*this), where_from, where);
  if (!matched) return std::nullopt;
  return message{std::move(*matched)};
}

}  // namespace COHORT_CHECKED
}  // namespace cohort
