#include <cohort/pattern/executor/detail/executor_core.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>

#include <chrono>

/// Tasks that stay on the root since they cost less than sending them.
namespace cohort::detail {

using namespace std::chrono_literals;

bool executor_core::may_stay(const task_terms& terms) const noexcept {
  return lane_open_ && terms.queue == 0 && terms.priority == 0 && terms.retries == 0 && terms.timeout == 0 &&
         terms.countdown == 0 && terms.expires == 0 && terms.say_started == 0 && terms.guarded == 0 &&
         terms.ranks == 1;
}

/// Without the lock, for 50 us at most unless a task takes longer.
void executor_core::run_lane(const std::function<bool()>& ready) {
  const turn mine{*this};
  if (!mine) return;
  std::unique_lock lock{mutex_};
  auto until = clock::time_point::max();
  auto ended = clock::time_point::min();
  while (!lane_.empty() && ended < until && !ready()) {
    auto task = lane_.pop();
    if (!task.core) continue;
    lane_runs_ = &task;
    lock.unlock();
    lane_out_.clear();
    const auto begun = clock::now();
    const bool success = local_->run_own(task.head, {task.bytes.data(), task.bytes.size()}, lane_out_);
    ended = clock::now();
    if (until == clock::time_point::max()) until = begun + 50us;
    ++helps_;  // it is over: the executor's own thread leaves the lock to this one
    lock.lock();
    lane_runs_ = nullptr;
    end_own(task, success, ended - begun);
  }
}

void executor_core::end_own(task_entry& of, bool success, dispatch::duration took) {
  lane_did_.busy += took;
  functions_.learn_own(of.function, took);
  if (of.core->ended()) return;  // cancelled while it ran
  auto& counts = functions_[of.function];
  if (success) {
    ++lane_did_.succeeded;
    ++counts.succeeded;
    counts.seconds += std::chrono::duration<double>(took).count();
    finish(of, nested_note::kind::succeeded, lane_out_);
  } else {
    ++lane_did_.failed;
    ++counts.failed;
    finish(of, nested_note::kind::failed, lane_out_);
  }
}

void executor_core::cancel_own(const future_core& core) {
  auto waiting = lane_.take(core.id);
  if (!waiting.core && (lane_runs_ == nullptr || lane_runs_->core.get() != &core)) return;
  auto& task = waiting.core ? waiting : *lane_runs_;
  ++lane_did_.cancelled;
  ++functions_[task.function].cancelled;
  failure_record record;
  record.failure.reason = dispatch::end_reason::cancelled;
  record.failure.task = task.head.number;
  std::vector<std::byte> bytes;
  append_packed(bytes, record);
  finish(task, nested_note::kind::failed, bytes);
}

/// Nobody waits who could run them, or a task of the lane takes long: the others go where all tasks go.
void executor_core::release_lane() {
  const task_terms plain;
  while (!lane_.empty()) {
    auto task = lane_.pop();
    if (!task.core) continue;
    auto& core = *task.core;
    core.id = add(std::move(task), plain);
  }
}

}  // namespace cohort::detail
