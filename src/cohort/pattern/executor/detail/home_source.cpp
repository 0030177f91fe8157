#include <cohort/async/event_loop.hpp>
#include <cohort/pattern/executor/detail/future_waiter.hpp>
#include <cohort/pattern/executor/detail/home_source.hpp>

#include <chrono>

namespace cohort::detail {

home_source& home_source::of(event_loop& loop, task_home& home) {
  auto* const found = loop.find([&](event_source& each) {
    const auto* const one = dynamic_cast<home_source*>(&each);
    return one != nullptr && one->home_ == &home;
  });
  if (found != nullptr) return static_cast<home_source&>(*found);
  return static_cast<home_source&>(loop.keep(std::make_unique<home_source>(loop, home)));
}

void home_source::poll() {
  if (!awaited()) return;
  try {
    looks_ = home_->look();
  } catch (...) {
    fail(std::current_exception());
  }
}

/// Without a deadline the home may use this thread for brief tasks: nothing else waits in it.
bool home_source::wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) {
  if (!looks_) {
    loop_->mail()->sleep_until(deadline.value_or(clock::now() + std::chrono::milliseconds{100}));
    return true;
  }
  try {
    home_->wait(ready, deadline);
  } catch (...) {
    fail(std::current_exception());
  }
  return true;
}

void home_source::idle(bool begins) {
  resting_.reset();
  if (!begins || !awaited()) return;
  try {
    resting_ = home_->rest();
  } catch (...) {
    fail(std::current_exception());
  }
}

void home_source::fail(const std::exception_ptr& why) noexcept {
  while (!waiting_.alone()) static_cast<future_waiter::place*>(waiting_.next())->owner->fail(why);
}

}  // namespace cohort::detail
