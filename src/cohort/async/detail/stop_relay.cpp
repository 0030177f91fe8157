#include <cohort/async/detail/stop_relay.hpp>
#include <cohort/async/event_loop.hpp>

namespace cohort::detail {

stop_relay::stop_relay(region& to, const std::stop_token& from) {
  if (from.stop_requested()) {
    to.request_stop();
  } else if (from.stop_possible()) {
    to_ = std::make_shared<region*>(&to);
    to.loop().expect_mail(1);
    callback_.emplace(from, [box = to.loop().mail(), to = to_] {
      box->post([to] {
        if (*to != nullptr) (*to)->request_stop();
      });
    });
  }
}

stop_relay::~stop_relay() {
  if (!to_) return;
  callback_.reset();  // waits for one that is being called
  (*to_)->loop().expect_mail(-1);
  *to_ = nullptr;
}

}  // namespace cohort::detail
