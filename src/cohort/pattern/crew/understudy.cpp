#include <cohort/pattern/crew/understudy.hpp>

#include <chrono>
#include <utility>

namespace cohort::crew {

using namespace std::chrono_literals;

understudy::understudy(std::function<void()> watch) : watch_{std::move(watch)}, thread_{[this] { live(); }} {}

understudy::~understudy() {
  {
    const std::lock_guard lock{mutex_};
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void understudy::begin() {
  acts_.fetch_add(1, std::memory_order_relaxed);
  playing_.store(true, std::memory_order_seq_cst);
  if (!sleeping_.load(std::memory_order_seq_cst)) return;
  {
    const std::lock_guard lock{mutex_};
    sleeping_.store(false, std::memory_order_relaxed);
  }
  wake_.notify_one();
}

bool understudy::still(std::uint64_t act) const noexcept {
  return playing_.load(std::memory_order_acquire) && acts_.load(std::memory_order_relaxed) == act;
}

bool understudy::keep_watch() noexcept {
  if (failed_.load(std::memory_order_relaxed)) return false;
  try {
    watch_();
    return true;
  } catch (...) {
    failure_ = std::current_exception();
    failed_.store(true, std::memory_order_release);
    return false;
  }
}

void understudy::live() {
  constexpr auto brief = 500us;
  constexpr int quiet = 20;  // looks without an act after which it sleeps until there is one
  std::unique_lock lock{mutex_};
  std::uint64_t seen = 0;
  for (int idle = 0; !closing_;) {
    wake_.wait_for(lock, brief, [this] { return closing_; });
    if (closing_) return;
    const auto act = acts_.load(std::memory_order_relaxed);
    idle = act == seen ? idle + 1 : 0;
    if (act == seen && still(act)) {
      idle = 0;
      lock.unlock();
      while (still(act)) {
        const std::lock_guard turn{turn_};
        if (still(act) && !keep_watch()) break;
      }
      lock.lock();
    } else if (idle > quiet) {
      sleeping_.store(true, std::memory_order_seq_cst);
      if (!playing_.load(std::memory_order_seq_cst)) {
        wake_.wait(lock, [this] { return closing_ || !sleeping_.load(std::memory_order_relaxed); });
      }
      sleeping_.store(false, std::memory_order_relaxed);
      idle = 0;
    }
    seen = act;
  }
}

}  // namespace cohort::crew
