#pragma once

#include <cohort/async/channel_options.hpp>
#include <cohort/async/detail/channel_core.hpp>
#include <cohort/core/call_site.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/deadline.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/serial/pack.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace cohort {

namespace detail {
struct channel_access;
}

/// A queue between ranks: what Python's multiprocessing.Queue is between processes. Any number of ranks put items
/// in, any number take them out, each item is taken once, and what waits is bounded.
///
///   cohort::channel<job> jobs{world, {.capacity = 100, .producers = {0}}};
///   if (world.rank() == 0) {
///     for (...) jobs.send(next);   // blocks while the consumers have enough
///     jobs.close();                // nothing more comes from here
///   }
///   for (job one : jobs) do_it(one);   // ends when every producer has closed and all is taken
///
/// Made and destroyed on all ranks of the communicator together; everything else concerns one rank, and one thread
/// at a time. T is any type that can be sent. Items of one producer come to one consumer in the order of sending;
/// which consumer gets an item is settled when it is sent: one that has room, in turn, the sender itself only if no
/// other has. A consumer that is slow over its items gets fewer in advance. No rank needs to do anything for others
/// to use the channel: producers and consumers talk to each other directly, in their own calls.
///
/// Cost: one message per item, and one of 8 bytes back for every capacity / 2 / producers items. Plain types up to
/// 1 KiB, and runs of plain elements as strings are, go as they lie in memory, others packed; what differs in
/// length and is longer than 1 KiB goes in two messages. No allocation for an item but those of the item itself and
/// of what is packed or longer. A consumer keeps room for 64 items of 1 KiB at most that are on their way.
template <class T>
class channel {
 public:
  using clock = std::chrono::steady_clock;

  /// Collective over `comm`; one MPI_Comm_dup (two if items differ in length), one MPI_Allreduce. Throws
  /// argument_error on every rank if the ranks do not agree.
  explicit channel(const communicator& comm, channel_options options = {}, call_site where = call_site::current())
      : core_{std::make_unique<detail::channel_core>(comm, std::move(options), item_bytes, where)} {}
  channel(channel&&) noexcept = default;
  /// Destroys what this one was first, see there.
  channel& operator=(channel&&) noexcept = default;
  /// Collective: closes and leaves if that was not done, and blocks until all ranks have come here. A consumer that
  /// had neither received until the end nor left, and loses items by that, says so in a line on stderr. While an
  /// exception unwinds the stack it tells the others, whose calls throw channel_error, and waits for them for a
  /// second at most.
  ~channel() = default;

  /// Puts an item in. Blocks while no consumer has room. Throws channel_error if every consumer has left, or if
  /// only this rank itself receives and its channel is full. @{
  void send(const T& item, call_site where = call_site::current()) {
    (void)core_->wait_to_send(std::nullopt, where);
    put(item);
  }
  /// The same, but gives up after `timeout`: false, and the item is not sent.
  template <class Rep, class Period>
  [[nodiscard]] bool send_for(const T& item, std::chrono::duration<Rep, Period> timeout,
                              call_site where = call_site::current()) {
    if (!core_->wait_to_send(detail::deadline_after(timeout), where)) return false;
    put(item);
    return true;
  }
  /// The same, but never blocks.
  [[nodiscard]] bool try_send(const T& item, call_site where = call_site::current()) {
    if (!core_->can_send(where)) return false;
    put(item);
    return true;
  }
  /// @}
  /// This rank sends nothing more. Does not block.
  void close() { core_->close(); }

  /// Takes the next item; nothing at the end, when every producer has closed and all is taken. Blocks while it is
  /// empty. Throws channel_error, once each, if a producer was ended by an exception; what it had sent is taken
  /// first. @{
  [[nodiscard]] std::optional<T> recv(call_site where = call_site::current()) {
    (void)core_->wait_to_receive(std::nullopt, where);
    return take();
  }
  /// The same, but gives up after `timeout`; ended() tells which it was.
  template <class Rep, class Period>
  [[nodiscard]] std::optional<T> recv_for(std::chrono::duration<Rep, Period> timeout,
                                          call_site where = call_site::current()) {
    (void)core_->wait_to_receive(detail::deadline_after(timeout), where);
    return take();
  }
  /// The same, but never blocks.
  [[nodiscard]] std::optional<T> try_recv(call_site where = call_site::current()) {
    (void)core_->can_receive(where);
    return take();
  }
  /// @}
  /// The same in a task of an event_loop (cohort/async.hpp), where the task waits and not the rank; those of one
  /// rank have their turns in the order in which they come. @{ `co_await jobs.async_send(item)`. Of an item that
  /// has a name a reference is kept until then.
  template <class U = T>
  [[nodiscard]] auto async_send(U&& item, call_site where = call_site::current());
  /// `while (auto item = co_await jobs.async_recv())`: nothing at the end. When the scope is to stop, stopped_error
  /// is thrown, and no item is lost. What only tasks of the same loop can still send or take makes, if they all
  /// wait, the loop's deadlock_error instead of channel_error.
  [[nodiscard]] auto async_recv(call_site where = call_site::current());
  /// @}

  /// This rank takes nothing more, and producers send it nothing more. What it held, and what is on its way to it,
  /// is discarded; returns how many items it held (counts() tells the rest later). Does not block.
  std::uint64_t leave() { return core_->leave(); }

  /// Whether another rank may yet send something.
  [[nodiscard]] bool may_come() const noexcept { return core_->may_come(); }
  /// Nothing comes here any more: every producer has closed, and all is taken.
  [[nodiscard]] bool ended() const noexcept { return core_->ended(); }
  /// Whether recv() would return at once: an item is here, or the end, or an error. Looks at messages.
  [[nodiscard]] bool ready(call_site where = call_site::current()) { return core_->can_receive(where) || ended(); }
  /// Items that wait here.
  [[nodiscard]] std::size_t waiting() const noexcept { return core_->waiting(); }
  /// Of this rank.
  [[nodiscard]] const channel_counts& counts() const noexcept { return core_->counts(); }

  /// What is left, item by item: an input range. @{
  class iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    iterator() noexcept = default;
    iterator(channel& from, call_site where) : from_{&from}, where_{where}, item_{from.recv(where)} {}
    [[nodiscard]] T& operator*() const { return *item_; }
    iterator& operator++() {
      item_ = from_->recv(where_);
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& at, std::default_sentinel_t) noexcept { return !at.item_; }

   private:
    channel* from_ = nullptr;
    call_site where_;
    mutable std::optional<T> item_;
  };
  [[nodiscard]] iterator begin(call_site where = call_site::current()) { return {*this, where}; }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }
  /// @}

 private:
  friend struct detail::channel_access;
  static constexpr std::size_t most_plain = 1024;
  static constexpr bool as_bytes = detail::plain_bytes<T> && sizeof(T) <= most_plain;
  /// Plain elements in a row, such as a string: their bytes.
  static constexpr bool as_run = !as_bytes && detail::shape_of<T> == detail::shape::growing;
  static constexpr std::size_t item_bytes = as_bytes ? sizeof(T) : 0;

  void put(const T& item) {
    if constexpr (as_bytes) {
      core_->send(std::as_bytes(std::span{std::addressof(item), 1}));
    } else if constexpr (as_run) {
      core_->send(std::as_bytes(std::span{std::ranges::data(item), std::ranges::size(item)}));
    } else {
      core_->send(serial::pack(item));
    }
  }
  std::optional<T> take() {
    if (!core_->has_item()) return std::nullopt;
    std::optional<T> item{std::in_place};
    if constexpr (as_bytes) {
      core_->take(std::addressof(*item));
    } else if constexpr (as_run) {
      detail::set_size(*item, core_->item_size() / sizeof(*std::ranges::data(*item)));
      core_->take(std::ranges::data(*item));
    } else {
      buffer<std::byte> bytes(core_->item_size());
      core_->take(bytes.data());
      serial::unpack_into({bytes.data(), bytes.size()}, *item);
    }
    return item;
  }

  std::unique_ptr<detail::channel_core> core_;
};

}  // namespace cohort
