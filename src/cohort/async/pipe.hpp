#pragma once

#include <cohort/async/channel.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace cohort {

namespace detail {
/// Throws argument_error if they are one rank, or no ranks of the communicator.
void check_pipe(const communicator& comm, std::pair<int, int> ends, const call_site& where);
}  // namespace detail

/// A line between two ranks on which each may send to the other: what Python's multiprocessing.Pipe is between two
/// processes. Two channels, one each way.
///
///   cohort::pipe<std::string> line{world, {0, 3}};
///   if (world.rank() == 0) { line.send("who are you?"); use(line.recv()); }
///   if (world.rank() == 3) line.send(answer(*line.recv()));
///
/// Made and destroyed on all ranks of the communicator together; only its two ends may use it. The functions are
/// those of channel.
template <class T>
class pipe {
 public:
  /// Collective over `comm`. `capacity`: items that may wait at an end.
  pipe(const communicator& comm, std::pair<int, int> ends, std::size_t capacity = 256,
       call_site where = call_site::current())
      : first_{(detail::check_pipe(comm, ends, where), comm.rank() == ends.first)},
        forth_{comm, {.capacity = capacity, .producers = {ends.first}, .consumers = {ends.second}}, where},
        back_{comm, {.capacity = capacity, .producers = {ends.second}, .consumers = {ends.first}}, where} {}

  void send(const T& item, call_site where = call_site::current()) { out().send(item, where); }
  [[nodiscard]] bool try_send(const T& item, call_site where = call_site::current()) {
    return out().try_send(item, where);
  }
  /// Nothing when the other end has closed and all is taken.
  [[nodiscard]] std::optional<T> recv(call_site where = call_site::current()) { return in().recv(where); }
  template <class Rep, class Period>
  [[nodiscard]] std::optional<T> recv_for(std::chrono::duration<Rep, Period> timeout,
                                          call_site where = call_site::current()) {
    return in().recv_for(timeout, where);
  }
  [[nodiscard]] std::optional<T> try_recv(call_site where = call_site::current()) { return in().try_recv(where); }
  /// As channel's, in a task of an event_loop. @{
  template <class U = T>
  [[nodiscard]] auto async_send(U&& item, call_site where = call_site::current()) {
    return out().async_send(std::forward<U>(item), where);
  }
  [[nodiscard]] auto async_recv(call_site where = call_site::current()) { return in().async_recv(where); }
  /// @}
  /// This end sends nothing more.
  void close() { out().close(); }
  /// The other end has closed, and all is taken.
  [[nodiscard]] bool ended() const noexcept { return (first_ ? back_ : forth_).ended(); }

  /// The channels to and from the other end, for a selector. @{
  [[nodiscard]] channel<T>& out() noexcept { return first_ ? forth_ : back_; }
  [[nodiscard]] channel<T>& in() noexcept { return first_ ? back_ : forth_; }
  /// @}

 private:
  bool first_;
  channel<T> forth_;
  channel<T> back_;
};

}  // namespace cohort
