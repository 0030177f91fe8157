#pragma once

#include <cohort/async/detail/link.hpp>
#include <cohort/async/waiter.hpp>
#include <cohort/pattern/executor/detail/future_core.hpp>

#include <exception>
#include <memory>

namespace cohort::detail {

/// A task of an event loop that waits for a future: the part that does not know its result.
class future_waiter : public waiter {
 public:
  future_waiter(const future_waiter&) = delete;
  future_waiter& operator=(const future_waiter&) = delete;

  struct place : detail::link {
    explicit place(future_waiter& who) noexcept : owner{&who} {}
    future_waiter* owner;
  };
  /// The home cannot go on: so does get() throw.
  void fail(const std::exception_ptr& why) noexcept;

 protected:
  /// `owns`: the task that nobody waits for any more is revoked.
  explicit future_waiter(bool owns) noexcept : owns_{owns} {}
  ~future_waiter() { drop(); }

  /// Before suspend(). The core stays as long as this.
  void listen(future_core& core, event_loop& loop);
  /// For await_resume, before the result is asked for.
  void check() const;

 private:
  void stop() noexcept override;
  void ended() noexcept;
  void drop() noexcept;

  future_core* core_ = nullptr;
  std::shared_ptr<future_waiter*> box_;  ///< shared with the callback, which outlives this
  std::exception_ptr error_;
  place place_{*this};
  bool owns_;
  bool given_up_ = false;
};

}  // namespace cohort::detail
