#include <cohort/async/detail/region.hpp>
#include <cohort/async/event_loop.hpp>
#include <cohort/async/waiter.hpp>

namespace cohort {

void waiter::enter(detail::region& where) noexcept {
  loop_ = &where.loop();
  waiting_ = true;
  ++loop_->waiting_;
  where.add(*this);
}

void waiter::leave() noexcept {
  unlink();
  waiting_ = false;
  --loop_->waiting_;
  if (told_) --loop_->told_;
}

void waiter::wake() noexcept {
  leave();
  join(loop_->ready_);
}

void waiter::tell() noexcept {
  unlink();
  told_ = true;
  ++loop_->told_;
  stop();
}

}  // namespace cohort
