#include <cohort/async/error.hpp>
#include <cohort/async/event_loop.hpp>
#include <cohort/pattern/executor/detail/future_waiter.hpp>
#include <cohort/pattern/executor/detail/home_source.hpp>

namespace cohort::detail {

void future_waiter::listen(future_core& core, event_loop& loop) {
  auto* const home = core.live_home();
  core_ = &core;
  box_ = std::make_shared<future_waiter*>(this);
  if (home == nullptr) {  // it has ended just now, as all tasks do before their home goes
    loop.mail()->post([box = box_] {
      if (*box != nullptr) (*box)->ended();
    });
    return;
  }
  place_.join(home_source::of(loop, *home).waiting());
  // Called in any thread, also when this has gone.
  home->when_ended(core, [mail = loop.mail(), box = box_] {
    mail->post([box] {
      if (*box != nullptr) (*box)->ended();
    });
  });
}

void future_waiter::check() const {
  if (error_) std::rethrow_exception(error_);
  if (given_up_) throw stopped_error{};
}

void future_waiter::ended() noexcept {
  drop();
  wake();
}

void future_waiter::fail(const std::exception_ptr& why) noexcept {
  if (!core_->ended()) error_ = why;
  ended();
}

void future_waiter::stop() noexcept {
  given_up_ = !core_->ended();
  if (given_up_ && owns_) {
    try {
      core_->observe();
      if (auto* const home = core_->live_home()) home->cancel(*core_);
    } catch (...) {  // then it runs to its end, and nobody hears of it
    }
  }
  ended();
}

void future_waiter::drop() noexcept {
  place_.unlink();
  if (box_) *box_ = nullptr;
  box_.reset();
}

}  // namespace cohort::detail
