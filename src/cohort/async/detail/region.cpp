#include <cohort/async/detail/region.hpp>
#include <cohort/async/waiter.hpp>

#include <vector>

namespace cohort::detail {

region::region(region& outer) noexcept : loop_{outer.loop_}, stopped_{outer.stopped_} {
  join(outer.inner_);
}

region::~region() {
  // Only a loop that gave up leaves any.
  while (!waiters_.alone()) static_cast<waiter*>(static_cast<runnable*>(waiters_.next()))->leave();
  while (!inner_.alone()) inner_.next()->unlink();
}

void region::request_stop() noexcept {
  // Regions may lie in each other without end, so they are not gone through by recursion.
  region* left = this;
  next_to_stop_ = nullptr;
  std::vector<std::stop_source> sources;  // their callbacks are the user's, who may stop other regions
  while (left != nullptr) {
    auto* const now = left;
    left = now->next_to_stop_;
    if (now->stopped_) continue;
    now->stopped_ = true;
    for (auto* each = now->inner_.next(); each != &now->inner_; each = each->next()) {
      auto* const inner = static_cast<region*>(each);
      inner->next_to_stop_ = left;
      left = inner;
    }
    while (!now->waiters_.alone()) static_cast<waiter*>(static_cast<runnable*>(now->waiters_.next()))->tell();
    if (now->source_.stop_possible()) sources.push_back(now->source_);
  }
  for (auto& each : sources) each.request_stop();
}

std::stop_token region::token() {
  if (!source_.stop_possible()) {
    source_ = std::stop_source{};
    if (stopped_) source_.request_stop();
  }
  return source_.get_token();
}

void region::add(waiter& one) noexcept {
  one.join(waiters_);
  if (stopped_) one.tell();
}

}  // namespace cohort::detail
