#include <cohort/pattern/executor/detail/executor_core.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>

#include <chrono>

/// Tasks that stay on the root since they cost less than sending them.
namespace cohort::detail {

using namespace std::chrono_literals;

namespace {
/// What the tasks of a batch may cost together, in ns: what a look at messages costs, so that nobody waits much
/// longer for the first of them.
constexpr double lane_batch_cost = 2'000;
}  // namespace

bool executor_core::may_stay(const task_terms& terms) const noexcept {
  return lane_open_ && terms.queue == 0 && terms.priority == 0 && terms.retries == 0 && terms.timeout == 0 &&
         terms.countdown == 0 && terms.expires == 0 && terms.say_started == 0 && terms.guarded == 0 &&
         terms.ranks == 1;
}

/// Takes as many as are likely to be over within some microseconds: runs them without the lock.
void executor_core::fill_batch() {
  double left = lane_batch_cost;
  while (!lane_.empty() && !batch_.full() && left > 0) {
    auto task = lane_.pop();
    if (!task.core) continue;
    left -= functions_.own_cost(task.function).value_or(lane_batch_cost);
    batch_.add(std::move(task));
  }
}

/// For 50 us at most unless a task takes longer.
void executor_core::run_lane(const std::function<bool()>& ready) {
  const turn mine{*this};
  if (!mine) return;
  std::unique_lock lock{mutex_};
  auto begun = clock::now();
  for (const auto until = begun + 50us; !lane_.empty() && begun < until && !ready();) {
    fill_batch();
    lock.unlock();
    for (std::size_t i = 0; i != batch_.size(); ++i) {
      if (!batch_.begin(i)) continue;
      auto& each = batch_[i];
      each.success = local_->run_own(each.task.head, {each.task.bytes.data(), each.task.bytes.size()}, each.out);
      const auto ended = clock::now();
      each.took = ended - begun;
      begun = ended;
      batch_.ended(i);
    }
    ++helps_;  // they are over: the executor's own thread leaves the lock to this one
    lock.lock();
    end_batch();
    batch_.clear();
  }
}

/// Under the lock: tells what has ended.
void executor_core::end_batch() {
  batch_.take_ended([this](lane_batch::item& each) { end_own(each); });
}

void executor_core::end_own(lane_batch::item& what) {
  auto& of = what.task;
  lane_did_.busy += what.took;
  functions_.learn_own(of.function, what.took);
  if (of.core->ended()) return;  // cancelled while it ran
  auto& counts = functions_[of.function];
  if (what.success) {
    ++lane_did_.succeeded;
    ++counts.succeeded;
    counts.seconds += std::chrono::duration<double>(what.took).count();
    finish(of, nested_note::kind::succeeded, what.out);
  } else {
    ++lane_did_.failed;
    ++counts.failed;
    finish(of, nested_note::kind::failed, what.out);
  }
}

void executor_core::cancel_own(const future_core& core) {
  auto waiting = lane_.take(core.id);
  bool begun = false;
  auto* const taken = waiting.core ? &waiting : batch_.find(core, begun);
  if (taken == nullptr) return;
  auto& task = *taken;
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
  end_batch();
  batch_.take_waiting([&](lane_batch::item& each) {
    auto& core = *each.task.core;
    core.id = add(std::move(each.task), plain);
  });
  while (!lane_.empty()) {
    auto task = lane_.pop();
    if (!task.core) continue;
    auto& core = *task.core;
    core.id = add(std::move(task), plain);
  }
}

}  // namespace cohort::detail
