#include <cohort/async/detail/nursery.hpp>
#include <cohort/async/error.hpp>
#include <cohort/async/event_loop.hpp>

namespace cohort::detail {
namespace {

bool is_stop(const std::exception_ptr& why) noexcept {
  try {
    std::rethrow_exception(why);
  } catch (const stopped_error&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

void nursery::begin(promise_base& child) noexcept {
  ++running_;
  inside_.loop().make_ready(child);
}

void nursery::ended(promise_base& child) noexcept {
  if (first_ == nullptr) first_ = &child;
  if (child.error()) note(child.error());
  if (first_end_stops_) inside_.request_stop();
  if (--running_ == 0 && waits_.frame) inside_.loop().make_ready(waits_);
}

void nursery::note(const std::exception_ptr& why) noexcept {
  if (inside_.stop_requested() && is_stop(why)) {
    if (!stopped_) stopped_ = why;
    return;
  }
  if (!failure_) {
    failure_ = why;
    inside_.loop().note_failure(why);
  }
  inside_.request_stop();
}

/// A stop that was requested in here ends here.
void nursery::rethrow() const {
  if (failure_) std::rethrow_exception(failure_);
  if (stopped_ && outer_->stop_requested()) std::rethrow_exception(stopped_);
}

}  // namespace cohort::detail
