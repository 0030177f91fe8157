#pragma once

#include <cohort/core/call_site.hpp>
#include <cohort/core/datatype.hpp>
#include <cohort/core/detail/check_level.hpp>
#include <cohort/core/options.hpp>
#include <cohort/core/status.hpp>

#include <cstddef>
#include <optional>

namespace cohort {

template <class T = void>
class request;
template <class T>
class probing_request;
class persistent_request;

inline namespace COHORT_CHECKED {

class message;

/// What a communicator does between two ranks: the table of contents of p2p/, one header per operation. With
/// COHORT_CHECK_LEVEL=1 (see detail/check_level.hpp) each message carries a record of its type, 128 bytes in front
/// of the data: a receive of another type throws error, which names both types, both ranks and the tag; the message
/// is gone then. Both ends must be compiled at one level. The part of communicator that lists them; not for use by
/// itself.
class p2p_operations {
 public:
  /// For detail::access: see checks_threads.
  static constexpr bool checked = check_level > 0;

  /// p2p/send.hpp. Blocks until `what` may be changed again. One MPI_Send.
  template <class T>
  void send(const T& what, to where_to, call_site where = call_site::current()) const;
  /// p2p/isend.hpp. Starts sending. An lvalue or a view is borrowed: keep it, unchanged, until the request is
  /// complete. An rvalue container moves into the request, whose get() gives it back.
  template <class T>
  [[nodiscard]] auto isend(T&& what, to where_to, call_site where = call_site::current()) const;
  /// p2p/ssend.hpp, p2p/issend.hpp. As send and isend, but complete only when the receiver has begun to receive: it
  /// tells the sender that somebody is there, and shows a program that relies on MPI's buffering to be wrong. One
  /// MPI_Ssend; one MPI_Issend. @{
  template <class T>
  void ssend(const T& what, to where_to, call_site where = call_site::current()) const;
  template <class T>
  [[nodiscard]] auto issend(T&& what, to where_to, call_site where = call_site::current()) const;
  /// @}
  /// p2p/rsend.hpp, p2p/irsend.hpp. As send and isend, where the caller knows that the receive is posted already;
  /// if it is not, MPI's behaviour is undefined. A receive of unknown length (recv of a container) is never posted.
  /// One MPI_Rsend; one MPI_Irsend. @{
  template <class T>
  void rsend(const T& what, to where_to, call_site where = call_site::current()) const;
  template <class T>
  [[nodiscard]] auto irsend(T&& what, to where_to, call_site where = call_site::current()) const;
  /// @}
  /// p2p/bsend.hpp. Copies (or packs) `what` and returns without waiting for anybody; `what` may be changed at
  /// once. There is no buffer to attach: each copy lives until it has left, is freed by a later bsend on this
  /// communicator, by flush_buffer, or when the communicator is freed, which blocks until all have left (as
  /// MPI_Buffer_detach does; not while an exception unwinds the stack). Nothing limits the memory but the
  /// receivers' pace. Cost: one copy, one allocation (and the growth of a list), one MPI_Isend; MPI_Test once for
  /// each copy that it frees and up to twice more. Throws mpi_error if it cannot be started. Safe with threads at
  /// thread_level::multiple.
  template <class T>
  void bsend(const T& what, to where_to, call_site where = call_site::current()) const;
  /// p2p/bsend.hpp. Blocks until everything that bsend took on this communicator has left. One MPI_Wait each.
  /// Throws mpi_error, after all of them, with the first error.
  void flush_buffer(call_site where = call_site::current()) const;

  /// p2p/recv.hpp. Receives one message as a T. Plain values: one MPI_Recv, and a message of another length is an
  /// error. Containers and serialised types: the length is found out first (MPI_Mprobe and MPI_Mrecv: safe with
  /// threads).
  template <class T>
  [[nodiscard]] T recv(from where_from = {}, call_site where = call_site::current()) const;
  /// The same, with the message's source, tag and size in `info`.
  template <class T>
  [[nodiscard]] T recv(from where_from, status& info, call_site where = call_site::current()) const;
  /// p2p/recv.hpp. Receives into memory of the caller. Values and spans: one MPI_Recv of at most that many elements
  /// (a longer message is an error, a shorter one is told by the status). Containers are resized to what comes.
  template <class T>
  status recv_into(T&& destination, from where_from = {}, call_site where = call_site::current()) const;
  /// p2p/irecv.hpp. Starts receiving a plain value; the request owns it and get() returns it.
  template <plain T>
  [[nodiscard]] request<T> irecv(from where_from = {}, call_site where = call_site::current()) const;
  /// Starts receiving at most `count` elements into a container of the request; get() returns what came.
  template <class Container>
  [[nodiscard]] request<Container> irecv(std::size_t count, from where_from = {},
                                         call_site where = call_site::current()) const;
  /// p2p/probing_request.hpp. Asks for a container or a serialised object of a length that is not known. It meets
  /// its message when it is looked at (test, wait), not now: read there what follows from that. No message leaves
  /// or is received here; one allocation.
  template <class T>
  requires(!plain<T>)
      [[nodiscard]] probing_request<T> irecv(from where_from = {}, call_site where = call_site::current()) const;
  /// Starts receiving into memory of the caller, which must stay until the request is complete.
  template <class T>
  [[nodiscard]] request<void> irecv_into(T&& destination, from where_from = {},
                                         call_site where = call_site::current()) const;

  /// p2p/sendrecv.hpp. Sends and receives at once, without deadlock. Into memory of the caller: one MPI_Sendrecv.
  template <class T, class U>
  status sendrecv_into(const T& what, U&& destination, exchange with, call_site where = call_site::current()) const;
  /// The same, returning what was received as a U; containers of any length (isend, then recv). If what comes is no
  /// U, the error is thrown when the send is complete.
  template <class U, class T>
  [[nodiscard]] U sendrecv(const T& what, exchange with, call_site where = call_site::current()) const;

  /// p2p/sendrecv_replace.hpp. Sends a value or a range and receives into the same memory: at most as many elements
  /// (a longer message is an error, a shorter one is told by the status; a container keeps its length). One
  /// MPI_Sendrecv_replace, which copies what it sends; blocks until both are done.
  template <class T>
  status sendrecv_replace(T&& what, exchange with, call_site where = call_site::current()) const;

  /// p2p/persistent.hpp. Sets up a send from, or a receive into, memory of the caller, to be started many times; a
  /// value or a range that must keep its address and length as long as the returned object lives. Nothing is sent.
  /// One MPI_Send_init, MPI_Ssend_init, MPI_Recv_init; does not block, does not allocate. @{
  template <class T>
  [[nodiscard]] persistent_request send_init(T&& what, to where_to, call_site where = call_site::current()) const;
  template <class T>
  [[nodiscard]] persistent_request ssend_init(T&& what, to where_to, call_site where = call_site::current()) const;
  template <class T>
  [[nodiscard]] persistent_request recv_init(T&& destination, from where_from = {},
                                             call_site where = call_site::current()) const;
  /// @}

  /// p2p/probe.hpp. Waits for a message without receiving it. With threads prefer mprobe.
  status probe(from where_from = {}, call_site where = call_site::current()) const;
  /// Looks for a message; never blocks.
  std::optional<status> iprobe(from where_from = {}, call_site where = call_site::current()) const;
  /// Waits for a message and takes it out of the matching: only the returned object can receive it.
  [[nodiscard]] message mprobe(from where_from = {}, call_site where = call_site::current()) const;
  /// Takes a message that has come out of the matching, if there is one; never blocks.
  [[nodiscard]] std::optional<message> improbe(from where_from = {}, call_site where = call_site::current()) const;

  /// async/async_recv.hpp. For coroutines: `T x = co_await world.async_recv<T>({.source = 0})`. Receives one
  /// message while other tasks of the event_loop run. It begins when it is awaited; until then the communicator
  /// must stay. Plain values: one MPI_Irecv, no allocation. Containers and serialised types: as irecv<T>(), which
  /// see. When the task is to stop, stopped_error is thrown unless a message has been met.
  template <class T>
  [[nodiscard]] auto async_recv(from where_from = {}, call_site where = call_site::current()) const;
  /// async/async_send.hpp. `co_await world.async_send(x, {.dest = 1})`: as isend. It begins when it is awaited; an
  /// lvalue must stay until then and while it is awaited, an rvalue is moved in. A send that has begun is waited
  /// for though the task be told to stop. One MPI_Isend, no allocation for plain data.
  template <class T>
  [[nodiscard]] auto async_send(T&& what, to where_to, call_site where = call_site::current()) const;

 protected:
  p2p_operations() = default;
  ~p2p_operations() = default;
  p2p_operations(const p2p_operations&) = default;
  p2p_operations& operator=(const p2p_operations&) = default;
};

}  // namespace COHORT_CHECKED
}  // namespace cohort
