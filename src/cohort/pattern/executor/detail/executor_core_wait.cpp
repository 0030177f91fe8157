#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/left_behind.hpp>
#include <cohort/pattern/executor/detail/executor_core.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

/// Who looks at messages: threads that wait, and the executor's own.
namespace cohort::detail {

using namespace std::chrono_literals;

void executor_core::follow_tasks() {
  std::unique_lock lock{mutex_};
  std::uint64_t seen = 0;
  bool alone = false;
  while (!closing_) {
    // While a task that should have been brief keeps the thread that waits, this one does not pause but in drive().
    if (!alone) nap(lock);
    if (closing_) return;
    alone = helping_ && helps_ == seen;
    const bool helped = waiting_ != 0 || helps_ != seen;  // somebody waits, now or every now and then
    seen = helps_;
    drive(alone ? 500us : 0us);
    if (!helped || alone) {
      runner_.no_help();
      release_lane();
    }
    lock.unlock();
    run_callbacks();
    lock.lock();
  }
}

/// Half a millisecond; when there has been nothing for long, a fortieth of that time, but no longer than others
/// sleep.
void executor_core::nap(std::unique_lock<std::mutex>& lock) {
  const auto begun = crew::now();
  const auto quiet = begun - std::max(coordinator_.last_heard(), stirred_);
  auto length = std::clamp(quiet / 40, dispatch::duration{500us}, crew::backoff::longest);
  if (const auto due = coordinator_.scheduler().deadline())
    length = std::clamp(*due - begun, dispatch::duration{500us}, length);
  naps_ = length > 500us;
  stop_following_.wait_for(lock, length);
  naps_ = false;
}

/// There is something to come.
void executor_core::stir() {
  if (!naps_) return;
  naps_ = false;
  stirred_ = crew::now();
  stop_following_.notify_all();
}

void executor_core::help() {
  if (const turn mine{*this}) runner_.help(50us);
}

void executor_core::drive(dispatch::duration patience) {
  unsent_ = 0;
  coordinator_.step(patience);
  if (drain_) mind_the_time();
}

bool executor_core::wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) {
  // With a deadline this thread must not get into a task.
  // Nor must the executor's own (in a callback): it looks at messages when who helps is busy.
  const bool helps = follower_.joinable() && !deadline && std::this_thread::get_id() != follower_.get_id();
  struct present {
    explicit present(std::atomic<int>& n, bool counts) : count{n}, by{counts ? 1 : 0} { count += by; }
    present(const present&) = delete;
    present& operator=(const present&) = delete;
    ~present() { count -= by; }
    std::atomic<int>& count;
    int by;
  };
  for (;;) {
    if (ready()) return true;
    auto patience = crew::backoff::longest;
    if (deadline) {
      const auto left = *deadline - clock::now();
      if (left <= 0ns) return false;
      patience = std::min(patience, dispatch::duration{left});
    }
    if (helps && !lane_.empty()) {
      {
        const present here{waiting_, true};
        run_lane(ready);
      }
      run_callbacks();
      patience = 0ns;
    }
    {
      const present here{waiting_, helps};
      const std::lock_guard lock{mutex_};
      if (ready()) return true;
      if (!helps) release_lane();
      send_at_ = 1;
      drive(patience);
      if (!helps) runner_.no_help();
      check_stuck();
    }
    run_callbacks();  // who is in a callback does not help
    if (helps) {
      const present here{waiting_, true};
      help();
    }
  }
}

bool executor_core::look() {
  // What waits in the lane is left to wait(), or to the executor's own thread.
  {
    const std::lock_guard lock{mutex_};
    send_at_ = 1;
    drive(0ns);
    check_stuck();
  }
  run_callbacks();
  return true;
}

void executor_core::check_stuck() {
  // Tasks wait, and none runs that anybody waits for: the ranks are busy with what was given up.
  const auto& totals = coordinator_.scheduler().totals();
  if (coordinator_.stalled() && coordinator_.all_here() && totals.queued != 0) {
    const auto* const why =
        coordinator_.lost().empty() ? "no rank serves their queue" : "the ranks that served their queue are lost";
    throw error{fmt::format("executor: {} task(s) cannot run ({}); name a rank for it in executor_options::queues",
                            totals.queued, why)};
  }
  const auto held = gangs_ && coordinator_.all_here() ? gangs_->held() : 0;
  if (totals.queued + held == 0 || totals.assigned != held) {
    stuck_since_.reset();
  } else if (!stuck_since_) {
    stuck_since_ = clock::now();
  } else if (clock::now() - *stuck_since_ > options_.grace) {
    if (const auto inside = left_inside(); !inside.empty()) throw error{inside};
    throw crew::no_place_to_run("executor", totals.queued + held, options_.grace);
  }
}

}  // namespace cohort::detail
