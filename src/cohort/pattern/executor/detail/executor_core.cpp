#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/left_behind.hpp>
#include <cohort/pattern/executor/detail/executor_core.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace cohort::detail {
namespace {

using namespace std::chrono_literals;

std::uint64_t nested_key(dispatch::worker_id submitter, std::uint64_t number) {
  return (static_cast<std::uint64_t>(submitter) << 44U) | number;
}

}  // namespace

executor_core::executor_core(const communicator& comm, std::shared_ptr<rank_services> local,
                             const executor_options& options, bool own_thread)
    : local_{std::move(local)},
      options_{options},
      slots_{static_cast<std::size_t>(comm.size()) * std::max<std::size_t>(options.threads, 1)},
      runner_{local_, options.threads},
      coordinator_{comm, runner_, *this, {.prefetch = options.prefetch}, host_name()} {
  if (own_thread) follower_ = std::thread{[this] { follow_tasks(); }};
}

executor_core::~executor_core() {
  {
    const std::lock_guard lock{mutex_};
    closing_ = true;
  }
  stop_following_.notify_all();
  if (follower_.joinable()) follower_.join();
}

void executor_core::follow_tasks() {
  std::unique_lock lock{mutex_};
  while (!closing_) {
    stop_following_.wait_for(lock, 500us);
    if (closing_) return;
    drive(0ns);
    lock.unlock();
    run_callbacks();
    lock.lock();
  }
}

void executor_core::drive(dispatch::duration patience) {
  unsent_ = 0;
  coordinator_.step(patience);
}

void executor_core::submit(std::shared_ptr<future_core> core, task_frame&& frame, const submit_options& options) {
  entry made;
  made.head = {frame.invoker, options.priority,
               options.track_started || options.timeout.count() != 0 ? std::uint32_t{1} : 0};
  made.bytes = std::move(frame.bytes);
  const std::lock_guard lock{mutex_};
  if (core->ended()) return;  // cancelled while it waited for its arguments
  made.function = functions_.find(frame.invoker, frame.name);
  auto& told = *core;
  made.core = std::move(core);
  told.id = add(std::move(made), options);
  // The first goes at once, the others in letters that grow as more are submitted without a wait.
  if (++unsent_ >= send_at_) {
    send_at_ = std::min<std::size_t>(2 * send_at_, 64);
    drive(0ns);
  }
}

std::uint64_t executor_core::add(entry&& what, const submit_options& options) {
  const auto id = coordinator_.scheduler().add(
      {.priority = options.priority, .retries = options.retries, .timeout = options.timeout});
  ++functions_[what.function].submitted;
  entries_.emplace_back(std::move(what));
  return id;
}

bool executor_core::wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) {
  for (;;) {
    if (ready()) return true;
    auto patience = std::chrono::nanoseconds{1ms};
    if (deadline) {
      const auto left = *deadline - clock::now();
      if (left <= 0ns) return false;
      patience = std::min(patience, std::chrono::nanoseconds{left});
    }
    {
      const std::lock_guard lock{mutex_};
      if (ready()) return true;
      send_at_ = 1;
      drive(patience);
      check_stuck();
    }
    run_callbacks();
  }
}

void executor_core::check_stuck() {
  // Tasks wait, and none runs that anybody waits for: the ranks are busy with what was given up.
  const auto& totals = coordinator_.scheduler().totals();
  if (totals.queued == 0 || totals.assigned != 0) {
    stuck_since_.reset();
  } else if (!stuck_since_) {
    stuck_since_ = clock::now();
  } else if (clock::now() - *stuck_since_ > options_.grace) {
    throw crew::no_place_to_run("executor", totals.queued, options_.grace);
  }
}

void executor_core::cancel(future_core& core) {
  {
    const std::lock_guard lock{mutex_};
    if (core.ended()) return;
    if (core.id == future_core::none) {  // waits for its arguments
      failed_task why;
      why.failure.reason = dispatch::end_reason::cancelled;
      core.fail(std::move(why));
      ended(core);
    } else {
      coordinator_.scheduler().cancel(core.id);
      drive(0ns);
    }
  }
  run_callbacks();
}

task_state executor_core::state(const future_core& core) {
  return core.last_state();
}

std::size_t executor_core::task_size(dispatch::task_id task) {
  return sizeof(frame_head) + entries_[task].bytes.size();
}

void executor_core::write_task(dispatch::task_id task, std::byte* to) {
  const auto& what = entries_[task];
  std::memcpy(to, &what.head, sizeof what.head);
  if (!what.bytes.empty()) std::memcpy(to + sizeof what.head, what.bytes.data(), what.bytes.size());
}

void executor_core::keep_result(dispatch::task_id task, std::span<const std::byte> payload) {
  auto& of = entries_[task];
  const auto took = take_head<std::int64_t>(payload);
  functions_[of.function].seconds += static_cast<double>(took) * 1e-9;
  finish(of, nested_note::kind::succeeded, payload);
}

void executor_core::keep_error(dispatch::task_id task, std::span<const std::byte> payload) {
  entries_[task].error.assign(payload.begin(), payload.end());
}

void executor_core::deliver(const dispatch::deliver& what) {
  ++functions_[entries_[what.task].function].succeeded;
  entries_.erase(what.task);
}

void executor_core::retry(const dispatch::retry& what) {
  auto& of = entries_[what.task];
  ++of.retries;
  if (of.core) of.core->retrying();
}

void executor_core::give_up(const dispatch::give_up& what) {
  auto& of = entries_[what.task];
  failure_record record;
  if (!of.error.empty() && what.reason == dispatch::end_reason::failed) {
    record = serial::unpack<failure_record>(of.error);
  }
  auto& failure = record.failure;
  failure.reason = what.reason;
  failure.task = what.task;
  failure.attempt = of.retries;
  auto& counts = functions_[of.function];
  if (what.reason == dispatch::end_reason::cancelled) {
    ++counts.cancelled;
  } else {
    ++counts.failed;
    failure.rank = static_cast<int>(what.worker);
    failure.host = coordinator_.host(what.worker);
  }
  std::vector<std::byte> bytes;
  append_packed(bytes, record);
  finish(of, nested_note::kind::failed, bytes);
  entries_.erase(what.task);
}

void executor_core::finish(entry& of, nested_note::kind how, std::span<const std::byte> outcome) {
  if (!of.core) {
    nested_.erase(nested_key(of.submitter, of.number));
    nested_note head;
    head.what = how;
    head.number = of.number;
    coordinator_.tell(of.submitter, with_head(head, outcome));
    return;
  }
  auto& core = *of.core;
  if (how == nested_note::kind::succeeded) {
    core.succeed(outcome);
  } else {
    auto record = serial::unpack<failure_record>(outcome);
    core.fail({std::move(record.failure), std::move(record.exception), exceptions(), nullptr});
  }
  if (core.last_state() == task_state::failed && !core.observed()) unasked_.push_back(of.core);
  ended(core);
}

void executor_core::note(dispatch::worker_id worker, crew::job, std::span<const std::byte> payload) {
  const auto head = take_head<nested_note>(payload);
  const auto key = nested_key(worker, head.number);
  if (head.what == nested_note::kind::cancel) {
    if (const auto found = nested_.find(key); found != nested_.end())
      coordinator_.scheduler().cancel(found->second);
    return;
  }
  entry made;
  made.head = {head.invoker, head.priority, head.track_started != 0 || head.timeout != 0 ? std::uint32_t{1} : 0};
  made.bytes = buffer<std::byte>(payload.size());
  if (!payload.empty()) std::memcpy(made.bytes.data(), payload.data(), payload.size());
  made.submitter = worker;
  made.number = head.number;
  made.function = functions_.find(head.invoker, nullptr);
  nested_[key] =
      add(std::move(made),
          {.priority = head.priority, .retries = head.retries, .timeout = std::chrono::nanoseconds{head.timeout}});
}

executor_report executor_core::statistics() {
  const std::lock_guard lock{mutex_};
  const auto& scheduler = coordinator_.scheduler();
  const auto& totals = scheduler.totals();
  executor_report report;
  report.tasks = totals.added;
  report.succeeded = totals.succeeded;
  report.cancelled = totals.cancelled;
  report.waiting = totals.unfinished();
  report.failed = totals.added - totals.succeeded - totals.cancelled - totals.unfinished();
  report.retried = totals.retried;
  report.seconds = std::chrono::duration<double>(clock::now() - begun_).count();
  for (dispatch::worker_id w = 0; w != coordinator_.ranks(); ++w) {
    if (coordinator_.host(w).empty()) {  // has not said hello yet
      report.ranks.emplace_back();
      continue;
    }
    const auto& did = scheduler.worker(w);
    report.ranks.push_back({coordinator_.host(w), did.succeeded + did.failed + did.timed_out,
                            std::chrono::duration<double>(did.busy).count()});
  }
  report.functions = functions_.all();
  return report;
}

void executor_core::shut_down(bool revoke) {
  if (dismissed_) return;
  std::vector<crew::coordinator::leftover> leftovers;
  for (bool done = false; !done;) {
    {
      const std::lock_guard lock{mutex_};
      auto& scheduler = coordinator_.scheduler();
      if (revoke) scheduler.cancel_all();
      // Callbacks may submit: nothing is closed before the last has been called.
      if (scheduler.totals().unfinished() != 0) {
        drive(1ms);
        check_stuck();
      }
      done = scheduler.totals().unfinished() == 0;
    }
    if (run_callbacks()) done = false;
  }
  {
    const std::lock_guard lock{mutex_};
    coordinator_.scheduler().close();
    leftovers = coordinator_.dismiss(options_.grace);
    dismissed_ = true;
    closing_ = true;
  }
  stop_following_.notify_all();
  if (follower_.joinable()) follower_.join();
  if (runner_.unfinished() != 0) runner_.leave_behind();
  if (revoke) return;
  if (!leftovers.empty()) {
    const auto& first = leftovers.front();
    throw crew::still_running("executor",
                              fmt::format("rank {} ({})", first.worker, coordinator_.host(first.worker)),
                              first.jobs, options_.grace);
  }
  for (const auto& core : unasked_) {
    if (!core->observed()) core->failure().raise();
  }
}

}  // namespace cohort::detail
