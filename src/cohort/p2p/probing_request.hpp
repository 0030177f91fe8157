#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/payload.hpp>
#include <cohort/p2p/detail/probing.hpp>
#include <cohort/serial/pack.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace cohort {

namespace detail {

/// Takes the place of a member that is not needed.
template <int>
struct no_member {};

/// The part of probing_request<T> that knows T, whatever the check level.
template <class T>
class probing_for : public probing {
 public:
  using probing::probing;
  T value{};
};

template <class T, int Level>
class probing_into final : public probing_for<T> {
 public:
  using probing_for<T>::probing_for;

 private:
  static constexpr bool object = shape_of<T> == shape::object;

  view room(status& info) override {
    show_data<Level>(info);
    if constexpr (object) {
      return receive(in_bytes(info));
    } else {
      constexpr auto each = datatype<element_t<T>>::wire_size;
      if (info.bytes() % each != 0) {
        if constexpr (Level == 0) {
          this->throw_short(info.bytes(), each);
        } else {
          return receive(in_bytes(info));  // it may be of another type: arrived() will see
        }
      }
      set_size(this->value, info.bytes() / each);
      return receive(room_of(this->value));
    }
  }
  view in_bytes(const status& info) {
    packed_ = buffer<std::byte>(info.bytes());
    return view_of(packed_);
  }
  view receive(const view& place) {
    if constexpr (Level == 0) {
      return place;
    } else {
      wire_.emplace(place);
      return {wire_->data(), static_cast<std::size_t>(wire_->count()), wire_->type()};
    }
  }
  void arrived(const status& info) override {
    if constexpr (Level > 0) {
      auto all = info;
      wire_->arrived(MPI_SUCCESS, all, this->place());
    }
    if (info.source() == proc_null) return;
    if constexpr (object) {
      serial::unpack_into(std::span<const std::byte>{packed_.data(), packed_.size()}, this->value);
      packed_ = {};
    } else if constexpr (Level > 0) {
      constexpr auto each = datatype<element_t<T>>::wire_size;
      if (info.bytes() % each != 0) this->throw_short(info.bytes(), each);
    }
  }

  [[no_unique_address]] std::conditional_t<object || (Level > 0), buffer<std::byte>, no_member<0>> packed_;
  [[no_unique_address]] std::conditional_t<(Level > 0), std::optional<incoming<Level, T>>, no_member<1>> wire_;
};

}  // namespace detail

/// A receive of unknown length that was asked for by irecv<T>(), T a container or a serialised type. Move-only;
/// owns what it receives.
///
/// **It meets its message when it is looked at, not when it is made.** MPI posts receives of known length only;
/// this one looks for its message (probes) inside test() and wait(). Therefore:
///   - As long as nobody looks, nothing is received, and a sender of a long message waits. Two ranks that both wait
///     for such a sender, or for other messages of it that come later, wait forever; a receive with a length,
///     irecv<T>(n), is posted at once and has no such trap.
///   - Several of them on one communicator never swap messages, in whatever order they are waited for and with
///     whatever wildcards: looking at one serves the older ones first that want the same messages.
///   - Other receives and probes do not know of it: recv, irecv of a value, probe take a message that it would have
///     met later. Give it a tag of its own where both are in use.
///
/// Cost: one allocation when it is made, and the container's. wait() is MPI_Mprobe and MPI_Mrecv as in recv(), if
/// no older unmet one wants the same messages; else it looks again and again (MPI_Iprobe, MPI_Improbe, MPI_Imrecv).
/// test() is one MPI_Improbe while nothing has come, then MPI_Imrecv and MPI_Test. Either goes through the list of
/// older unmet ones of this communicator.
///
/// The destructor, and moving onto it, takes one that has met no message off the list (nothing is received), and
/// completes one that has, which waits for the data. With thread_level::multiple, different ones may be used by
/// different threads at once.
template <class T>
class probing_request {
 public:
  probing_request() noexcept = default;
  probing_request(probing_request&&) noexcept = default;
  probing_request& operator=(probing_request&& other) noexcept {
    if (this != &other) {
      end();
      entry_ = std::move(other.entry_);
    }
    return *this;
  }
  ~probing_request() { end(); }

  /// Not yet known to be complete.
  [[nodiscard]] bool active() const noexcept { return entry_ && entry_->active(); }
  /// Blocks until the message is received; a second call returns the same status. Throws mpi_error; error if the
  /// message is not a whole number of elements; serial::format_error if it is no T. In each case the message is
  /// gone.
  status wait() {
    if (!entry_) return {};
    entry_->wait();
    return entry_->info();
  }
  /// Whether the message is received; does not block (but unpacks it). Throws as wait().
  bool test() { return !entry_ || entry_->test(); }
  /// Waits, then gives up what was received. Once. After cancel() it is empty.
  [[nodiscard]] T get(call_site where = call_site::current()) {
    if (!entry_) {
      detail::throw_argument_error(
          "probing_request::get", -1,
          "there is nothing to get (the request is empty or was moved from); make one with "
          "irecv",
          0, where);
    }
    wait();
    return std::move(entry_->value);
  }
  /// Gives it up if it has met no message: complete at once, and status::cancelled() tells. Else nothing.
  void cancel() {
    if (entry_) entry_->cancel();
  }

  /// For irecv.
  explicit probing_request(std::unique_ptr<detail::probing_for<T>> entry) : entry_{std::move(entry)} {
    entry_->enlist();
  }

 private:
  void end() noexcept {
    if (entry_) entry_->end();
  }
  std::unique_ptr<detail::probing_for<T>> entry_;
};

template <class T>
requires(!plain<T>) probing_request<T> p2p_operations::irecv(from where_from, call_site where)
const {
  static_assert(!detail::is_view<T>,
                "cohort: a view owns no memory to receive into; use irecv_into, or a container");
  static_assert(std::is_default_constructible_v<T> && std::is_move_constructible_v<T>,
                "cohort: irecv makes the object first and moves it out; use a type that allows both");
  auto& state = detail::access::state(*this, "irecv", where);
  detail::check_source("irecv", state, where_from.source, where_from.tag, where);
  return probing_request<T>{
      std::make_unique<detail::probing_into<T, check_level>>(detail::access::shared(*this), where_from, where)};
}

}  // namespace cohort
