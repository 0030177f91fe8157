#pragma once

#include <cohort/async/detail/link.hpp>
#include <cohort/async/event_source.hpp>
#include <cohort/async/waiter.hpp>
#include <cohort/core/call_site.hpp>

#include <chrono>
#include <coroutine>
#include <exception>

namespace cohort::detail {

class channel_core;
class channel_waiter;

/// Where tasks of an event loop wait at one rank's end of a channel, in the order in which they come. Looks after
/// the channel as long as one does.
class channel_desk final : public event_source {
 public:
  explicit channel_desk(channel_core& of) noexcept : core_{&of} {}

  void poll() override;
  [[nodiscard]] bool awaited() const noexcept override;

  /// Whether the next may have its turn at once: nobody is before it. Not each time, so that a task that always has
  /// its turn at once lets others run now and then.
  [[nodiscard]] bool free_to_receive() noexcept { return receivers_.alone() && ++passed_ % fair != 0; }
  [[nodiscard]] bool free_to_send() noexcept { return senders_.alone() && ++passed_ % fair != 0; }
  [[nodiscard]] channel_core& core() const noexcept { return *core_; }

 private:
  friend class channel_waiter;
  static constexpr unsigned fair = 64;

  void enter(channel_waiter& who, bool receives, event_loop& loop);
  void leave(channel_waiter& who) noexcept;
  bool serve_first(link& line);
  void account() noexcept;

  channel_core* core_;
  event_loop* loop_ = nullptr;  ///< to which it is attached
  link receivers_;
  link senders_;
  unsigned passed_ = 0;
  clock::time_point since_{};  ///< when there was no item for the receivers
};

/// A task that waits at a channel.
class channel_waiter : public waiter {
 public:
  channel_waiter(const channel_waiter&) = delete;
  channel_waiter& operator=(const channel_waiter&) = delete;

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> task) {
    desk_->enter(*this, receives_, task.promise().where().loop());
    suspend(task);
  }

 protected:
  channel_waiter(channel_desk& at, bool receives, const call_site& where) noexcept
      : desk_{&at}, receives_{receives}, where_{where} {}
  ~channel_waiter() { desk_->leave(*this); }

  [[nodiscard]] channel_desk& desk() const noexcept { return *desk_; }
  [[nodiscard]] const call_site& where() const noexcept { return where_; }
  /// For await_resume. Throws.
  void check() const;

 private:
  friend class channel_desk;
  struct place : detail::link {
    explicit place(channel_waiter& who) noexcept : owner{&who} {}
    channel_waiter* owner;
  };
  /// Does what it came for, if that can be done. May throw what await_resume is to throw.
  virtual bool serve() = 0;
  void stop() noexcept override;

  channel_desk* desk_;
  bool receives_;
  bool given_up_ = false;
  call_site where_;
  std::exception_ptr error_;
  place place_{*this};
};

}  // namespace cohort::detail
