#include <cohort/async/detail/mailbox.hpp>

#include <utility>

namespace cohort::detail {

void mailbox::post(std::function<void()> what) {
  {
    const std::lock_guard lock{mutex_};
    if (closed_) return;
    posted_.push_back(std::move(what));
    empty_.store(false, std::memory_order_release);
  }
  arrived_.notify_one();
}

void mailbox::call_all() {
  std::vector<std::function<void()>> now;
  {
    const std::lock_guard lock{mutex_};
    now.swap(posted_);
    empty_.store(true, std::memory_order_release);
  }
  for (auto& each : now) each();
}

void mailbox::sleep_until(clock::time_point end) {
  std::unique_lock lock{mutex_};
  arrived_.wait_until(lock, end, [this] { return !posted_.empty(); });
}

void mailbox::close() {
  const std::lock_guard lock{mutex_};
  closed_ = true;
  posted_.clear();
  empty_.store(true, std::memory_order_release);
}

}  // namespace cohort::detail
