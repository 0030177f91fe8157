#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/core/detail/waiting.hpp>
#include <cohort/core/request.hpp>
#include <cohort/p2p/detail/type_record.hpp>
#include <cohort/serial/pack.hpp>

/// One implementation for MPI's ways to send: send, ssend, rsend differ in the functions that are called. Level is
/// the check level of the file that sends.
namespace cohort::detail {

struct standard_mode {
  static constexpr const char* name = "send";
  static constexpr const char* routine = "MPI_Send";
  static constexpr auto call = &MPI_Send;
  static constexpr const char* start_name = "isend";
  static constexpr const char* start_routine = "MPI_Isend";
  static constexpr auto start = &MPI_Isend;
  static constexpr const char* init_name = "send_init";
  static constexpr const char* init_routine = "MPI_Send_init";
  static constexpr auto init = &MPI_Send_init;
};
struct synchronous_mode {
  static constexpr const char* name = "ssend";
  static constexpr const char* routine = "MPI_Ssend";
  static constexpr auto call = &MPI_Ssend;
  static constexpr const char* start_name = "issend";
  static constexpr const char* start_routine = "MPI_Issend";
  static constexpr auto start = &MPI_Issend;
  static constexpr const char* init_name = "ssend_init";
  static constexpr const char* init_routine = "MPI_Ssend_init";
  static constexpr auto init = &MPI_Ssend_init;
};
struct ready_mode {
  static constexpr const char* name = "rsend";
  static constexpr const char* routine = "MPI_Rsend";
  static constexpr auto call = &MPI_Rsend;
  static constexpr const char* start_name = "irsend";
  static constexpr const char* start_routine = "MPI_Irsend";
  static constexpr auto start = &MPI_Irsend;
};

template <class Mode, int Level, class T>
void send_view(const comm_state& state, const view& what, to where_to, const call_site& where) {
  const outgoing<Level, T> wire{what};
  const wait_scope busy{state, Mode::name, wait_kind::sends, where_to.dest, where_to.tag, where};
  check(Mode::call(wire.data(), wire.count(), wire.type(), where_to.dest, where_to.tag, state.comm), Mode::routine,
        state, where, where_to.dest, where_to.tag, what.count);
}

/// A send that was started, for its request and, if anybody watches, for the last messages sent.
inline operation sending(const comm_state& state, const char* routine, to where_to,
                         const call_site& where) noexcept {
  const auto id = watch_id(state);
  if (watched() != nullptr) [[unlikely]]
    note_sent(operation{routine, state.rank, where_to.dest, where_to.tag, where, false, false, id}.to_await());
  return {routine, state.rank, where_to.dest, where_to.tag, where, false, false, id};
}

template <class Mode, int Level, class T>
inline pending start_send(const comm_state& state, const view& what, to where_to, const call_site& where) {
  const outgoing<Level, T> wire{what};
  MPI_Request raw = MPI_REQUEST_NULL;
  check(Mode::start(wire.data(), wire.count(), wire.type(), where_to.dest, where_to.tag, state.comm, &raw),
        Mode::start_routine, state, where, where_to.dest, where_to.tag, what.count);
  return {raw, sending(state, Mode::start_routine, where_to, where)};
}

template <class Mode, int Level, class T>
void send_as(const p2p_operations& comm, const T& what, to where_to, const call_site& where) {
  require_sendable<T>();
  auto& state = access::state(comm, Mode::name, where);
  check_dest(Mode::name, state, where_to.dest, where_to.tag, where);
  if constexpr (shape_of<T> != shape::object) {
    send_view<Mode, Level, T>(state, view_of(what), where_to, where);
  } else {
    const auto packed = serial::pack(what);
    send_view<Mode, Level, T>(state, view_of(packed), where_to, where);
  }
}

template <class Mode, int Level, class T>
auto isend_as(const p2p_operations& comm, T&& what, to where_to, const call_site& where) {
  using Bare = std::remove_cvref_t<T>;
  require_sendable<std::remove_reference_t<T>>();
  auto& state = access::state(comm, Mode::start_name, where);
  check_dest(Mode::start_name, state, where_to.dest, where_to.tag, where);
  const auto start = [&](const auto& object) {
    return start_send<Mode, Level, Bare>(state, view_of(object), where_to, where);
  };
  if constexpr (shape_of<Bare> == shape::object) {
    auto packed = serial::pack(what);
    auto started = start(packed);
    return request<void>{std::move(started), std::move(packed)};
  } else if constexpr (std::is_lvalue_reference_v<T> || is_view<Bare>) {
    return request<void>{[&] { return start(what); }};
  } else {
    static_assert(!std::is_const_v<std::remove_reference_t<T>>, "cohort: isend of a const temporary cannot own it");
    return request<Bare>{std::forward<T>(what), start};
  }
}

}  // namespace cohort::detail
