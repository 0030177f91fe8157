#pragma once

#include <cohort/async/channel.hpp>
#include <cohort/async/detail/channel_desk.hpp>
#include <cohort/async/error.hpp>
#include <cohort/async/event_loop.hpp>
#include <cohort/async/select.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

/// Channels in tasks of an event_loop: what channel::async_recv and its kin return.
namespace cohort {
namespace detail {

/// For those who await channels.
struct channel_access {
  template <class T>
  static channel_desk& desk(channel<T>& of) {
    return of.core_->desk();
  }
  template <class T>
  static std::optional<T> take(channel<T>& of) {
    return of.take();
  }
  template <class T>
  static void put(channel<T>& into, const T& item) {
    into.put(item);
  }
};

template <class T>
class channel_receiver final : public channel_waiter {
 public:
  channel_receiver(channel<T>& from, const call_site& where)
      : channel_waiter{channel_access::desk(from), true, where}, from_{&from} {}
  [[nodiscard]] bool await_ready() { return desk().free_to_receive() && serve(); }
  std::optional<T> await_resume() {
    check();
    return std::move(item_);
  }

 private:
  bool serve() override {
    if (!desk().core().can_receive_or_ended(where())) return false;
    item_ = channel_access::take(*from_);
    return true;
  }
  channel<T>* from_;
  std::optional<T> item_;
};

template <class T>
class channel_sender final : public channel_waiter {
 public:
  channel_sender(channel<T>& into, const T& item, const call_site& where)
      : channel_waiter{channel_access::desk(into), false, where}, into_{&into}, item_{&item} {}
  [[nodiscard]] bool await_ready() { return desk().free_to_send() && serve(); }
  void await_resume() const { check(); }

 private:
  bool serve() override {
    if (!desk().core().can_send(where())) return false;
    channel_access::put(*into_, *item_);
    return true;
  }
  channel<T>* into_;
  const T* item_;
};

/// What can be moved about before it is awaited. Item is a reference to what lives elsewhere, or what is sent.
template <class T, class Item>
struct async_putting {
  channel<T>* into;
  Item item;
  call_site where;
  auto operator co_await() const { return channel_sender<T>{*into, item, where}; }
};
template <class T>
struct async_taking {
  channel<T>* from;
  call_site where;
  auto operator co_await() const { return channel_receiver<T>{*from, where}; }
};

/// Waits for news of one of several channels.
template <class Selector>
class selector_awaiter final : public waiter, private event_source {
 public:
  selector_awaiter(Selector& of, const call_site& where) noexcept : of_{&of}, where_{where} {}
  selector_awaiter(const selector_awaiter&) = delete;
  selector_awaiter& operator=(const selector_awaiter&) = delete;
  ~selector_awaiter() override {
    if (waiting()) loop().detach(*this);
  }
  [[nodiscard]] bool await_ready() {
    if (of_->all_told()) return true;
    if (++of_->passed_ % 64 == 0) return false;  // others run now and then, see channel_desk
    which_ = of_->look(where_);
    return which_.has_value();
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) {
    task.promise().where().loop().attach(*this);
    suspend(task);
  }
  std::optional<std::size_t> await_resume() const {
    if (error_) std::rethrow_exception(error_);
    if (told() && !which_) throw stopped_error{};
    return which_;
  }

 private:
  void poll() override {
    try {
      which_ = of_->look(where_);
      if (!which_ && !of_->all_told()) return;
    } catch (...) {
      error_ = std::current_exception();
    }
    leave();
  }
  [[nodiscard]] bool awaited() const noexcept override { return of_->may_come(); }
  void stop() noexcept override { leave(); }
  void leave() noexcept {
    loop().detach(*this);
    wake();
  }

  Selector* of_;
  call_site where_;
  std::optional<std::size_t> which_;
  std::exception_ptr error_;
};
template <class Selector>
struct async_selection {
  Selector* of;
  call_site where;
  auto operator co_await() const { return selector_awaiter<Selector>{*of, where}; }
};

}  // namespace detail

template <class T>
auto channel<T>::async_recv(call_site where) {
  return detail::async_taking<T>{this, where};
}

template <class T>
template <class U>
auto channel<T>::async_send(U&& item, call_site where) {
  static_assert(std::is_convertible_v<U&&, T>,
                "cohort: this channel carries items of another type; send one of its type");
  if constexpr (std::is_lvalue_reference_v<U> && std::is_same_v<std::remove_cvref_t<U>, T>) {
    return detail::async_putting<T, const T&>{this, item, where};
  } else {
    return detail::async_putting<T, T>{this, static_cast<T>(std::forward<U>(item)), where};
  }
}

template <class... Channels>
auto selector<Channels...>::async_wait(call_site where) {
  return detail::async_selection<selector>{this, where};
}

}  // namespace cohort
