#pragma once

#include <cohort/async/detail/link.hpp>
#include <cohort/async/event_source.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <optional>

namespace cohort {
class event_loop;
}

namespace cohort::detail {

/// Looks after the home of futures for which tasks of an event loop wait.
class home_source final : public event_source {
 public:
  /// The loop's source for this home. Stays the loop's.
  static home_source& of(event_loop& loop, task_home& home);

  home_source(event_loop& loop, task_home& home) noexcept : loop_{&loop}, home_{&home} {}

  void poll() override;
  [[nodiscard]] bool awaited() const noexcept override { return !waiting_.alone(); }
  bool wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) override;
  void idle(bool begins) override;

  /// A ring of places (see future_waiter) of those who wait.
  [[nodiscard]] link& waiting() noexcept { return waiting_; }

 private:
  void fail(const std::exception_ptr& why) noexcept;

  event_loop* loop_;
  task_home* home_;  ///< may have gone while nobody waits
  link waiting_;
  bool looks_ = false;  ///< the home is looked at by this thread
  std::shared_ptr<void> resting_;
};

}  // namespace cohort::detail
