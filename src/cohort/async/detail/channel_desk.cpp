#include <cohort/async/detail/channel_core.hpp>
#include <cohort/async/detail/channel_desk.hpp>
#include <cohort/async/error.hpp>
#include <cohort/async/event_loop.hpp>

namespace cohort::detail {

void channel_desk::enter(channel_waiter& who, bool receives, event_loop& loop) {
  if (loop_ == nullptr) {
    loop.attach(*this);
    loop_ = &loop;
  } else if (loop_ != &loop) {
    throw argument_error{
        "channel: tasks of two event loops wait at it on one rank (one loop looks after a channel); use it in one "
        "loop at a time"};
  }
  if (receives && receivers_.alone()) since_ = clock::now();
  who.place_.join(receives ? receivers_ : senders_);
}

void channel_desk::leave(channel_waiter& who) noexcept {
  if (who.place_.alone()) return;
  if (who.receives_) account();
  who.place_.unlink();
  if (!receivers_.alone() || !senders_.alone()) return;
  loop_->detach(*this);
  loop_ = nullptr;
}

/// A receiver has waited, which says nothing about how fast this rank is.
void channel_desk::account() noexcept {
  const auto now = clock::now();
  core_->waited(now - since_);
  since_ = now;
}

bool channel_desk::serve_first(link& line) {
  if (line.alone()) return false;
  auto& first = *static_cast<channel_waiter::place*>(line.next())->owner;
  try {
    if (!first.serve()) return false;
  } catch (...) {
    first.error_ = std::current_exception();
  }
  leave(first);
  first.wake();
  return true;
}

void channel_desk::poll() {
  // What is sent to this rank itself makes an item, and taking that makes room.
  while (serve_first(receivers_) || serve_first(senders_)) {
  }
}

bool channel_desk::awaited() const noexcept {
  return (!receivers_.alone() && core_->may_come()) || (!senders_.alone() && core_->may_have_room());
}

void channel_waiter::check() const {
  if (error_) std::rethrow_exception(error_);
  if (given_up_) throw stopped_error{};
}

void channel_waiter::stop() noexcept {
  given_up_ = true;
  desk_->leave(*this);
  wake();
}

}  // namespace cohort::detail
