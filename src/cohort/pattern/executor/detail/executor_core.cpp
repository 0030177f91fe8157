#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/left_behind.hpp>
#include <cohort/pattern/executor/detail/executor_core.hpp>
#include <cohort/pattern/executor/detail/remote_call.hpp>
#include <cohort/pattern/executor/detail/store_writer.hpp>

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
                             const executor_options& options, bool own_thread, std::shared_ptr<store_writer> store)
    : local_{std::move(local)},
      options_{options},
      store_{std::move(store)},
      slots_{static_cast<std::size_t>(comm.size()) * std::max<std::size_t>(options.threads, 1)},
      runner_{local_, options.threads, own_thread},
      coordinator_{comm, runner_, *this, {.prefetch = options.prefetch}, host_name()} {
  joined(static_cast<dispatch::worker_id>(comm.rank()));
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

std::shared_ptr<const keeping> executor_core::keeping_of(const submit_options& options) const {
  if (store_ == nullptr) return nullptr;
  if (options.reuse && options.id.empty())
    throw argument_error{
        "executor: reuse without an id (a new id has no result yet); name the task by submit_options::id"};
  return std::make_shared<keeping>(keeping{store_, options.id, options.name, options.reuse});
}

void executor_core::follow_tasks() {
  std::unique_lock lock{mutex_};
  std::uint64_t seen = 0;
  while (!closing_) {
    // While a task that should have been brief keeps the thread that waits, this one does not pause but in drive().
    const bool alone = helping_ && helps_ == seen;
    if (!alone) stop_following_.wait_for(lock, 500us);
    if (closing_) return;
    seen = helps_;
    drive(alone ? 500us : 0us);
    if (waiting_ == 0 || alone) runner_.no_help();
    lock.unlock();
    run_callbacks();
    lock.lock();
  }
}

void executor_core::help() {
  if (helping_.exchange(true)) return;
  ++helps_;
  runner_.help(50us);
  helping_ = false;
}

void executor_core::drive(dispatch::duration patience) {
  unsent_ = 0;
  coordinator_.step(patience);
}

void executor_core::submit(std::shared_ptr<future_core> core, task_frame&& frame, const task_terms& terms) {
  entry made;
  made.head = {frame.invoker, terms.priority, terms.say_started, terms.guarded};
  made.bytes = std::move(frame.bytes);
  const std::lock_guard lock{mutex_};
  if (core->ended()) return;  // cancelled while it waited for its arguments
  made.function = functions_.find(frame.invoker, frame.name);
  auto& told = *core;
  made.core = std::move(core);
  told.id = add(std::move(made), terms);
  // The first goes at once, the others in letters that grow as more are submitted without a wait.
  if (++unsent_ >= send_at_) {
    send_at_ = std::min<std::size_t>(2 * send_at_, 64);
    drive(0ns);
  }
}

std::uint64_t executor_core::add(entry&& what, const task_terms& terms) {
  using std::chrono::nanoseconds;
  dispatch::task_options options{.priority = terms.priority,
                                 .retries = terms.retries,
                                 .timeout = nanoseconds{terms.timeout},
                                 .backoff = nanoseconds{terms.backoff},
                                 .backoff_max = nanoseconds{terms.backoff_max},
                                 .queue = terms.queue};
  if (terms.countdown != 0) options.not_before = crew::now() + nanoseconds{terms.countdown};
  if (terms.expires != 0) options.expires = crew::now() + nanoseconds{terms.expires};
  const auto id = coordinator_.scheduler().add(options);
  ++functions_[what.function].submitted;
  entries_.emplace_back(std::move(what));
  return id;
}

void executor_core::limit_rate(const std::string& queue, double per_second, std::uint32_t burst) {
  const auto id = local_->queues().find(queue);
  const std::lock_guard lock{mutex_};
  coordinator_.scheduler().limit_rate(id, per_second, burst);
}

void executor_core::at_end(std::function<void()> what) {
  const std::lock_guard lock{mutex_};
  at_end_.push_back(std::move(what));
}

void executor_core::joined(dispatch::worker_id worker) {
  const auto queues = local_->queues().served_by(static_cast<int>(worker));
  if (!queues.empty()) coordinator_.scheduler().serve(worker, queues);
}

void executor_core::heard(const heard_report& said) {
  if (store_ == nullptr || said.what != crew::report::kind::started ||
      coordinator_.scheduler().state(said.of.task) != dispatch::task_state::started)
    return;
  const auto& task = entries_[said.of.task];
  if (task.core && task.core->kept)
    kept_started(*task.core, static_cast<int>(said.worker), coordinator_.host(said.worker));
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
    auto patience = std::chrono::nanoseconds{1ms};
    if (deadline) {
      const auto left = *deadline - clock::now();
      if (left <= 0ns) return false;
      patience = std::min(patience, std::chrono::nanoseconds{left});
    }
    {
      const present here{waiting_, helps};
      const std::lock_guard lock{mutex_};
      if (ready()) return true;
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

void executor_core::check_stuck() {
  // Tasks wait, and none runs that anybody waits for: the ranks are busy with what was given up.
  const auto& totals = coordinator_.scheduler().totals();
  if (coordinator_.stalled() && coordinator_.all_here() && totals.queued != 0) {
    throw error{
        fmt::format("executor: {} task(s) cannot run (no rank serves their queue); name a rank for it in "
                    "executor_options::queues",
                    totals.queued)};
  }
  if (totals.queued == 0 || totals.assigned != 0) {
    stuck_since_.reset();
  } else if (!stuck_since_) {
    stuck_since_ = clock::now();
  } else if (clock::now() - *stuck_since_ > options_.grace) {
    throw crew::no_place_to_run("executor", totals.queued, options_.grace);
  }
}

void executor_core::cancel_submitted(const future_core& core) {
  coordinator_.scheduler().cancel(core.id);
  drive(0ns);
}

task_state executor_core::state(const future_core& core) {
  const std::lock_guard lock{mutex_};
  if (core.ended() || core.id == future_core::none) return core.last_state();
  const bool runs = coordinator_.scheduler().state(core.id) == dispatch::task_state::started;
  return runs ? task_state::started : core.last_state();
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
  const double seconds = static_cast<double>(took) * 1e-9;
  functions_[of.function].seconds += seconds;
  finish(of, nested_note::kind::succeeded, payload);
  if (of.core && of.core->kept) kept_result(*of.core, payload, seconds);
}

void executor_core::keep_error(dispatch::task_id task, std::span<const std::byte> payload) {
  entries_[task].error.assign(payload.begin(), payload.end());
}

void executor_core::deliver(const dispatch::deliver& what) {
  const auto& of = entries_[what.task];
  ++functions_[of.function].succeeded;
  if (of.core && of.core->kept)
    kept_succeeded(*of.core, static_cast<int>(what.worker), coordinator_.host(what.worker), of.retries + 1);
  entries_.erase(what.task);
}

void executor_core::retry(const dispatch::retry& what) {
  auto& of = entries_[what.task];
  ++of.retries;
  if (of.core) of.core->retrying();
  if (of.core && of.core->kept) kept_retrying(*of.core, of.retries);
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
  if (what.reason == dispatch::end_reason::cancelled || what.reason == dispatch::end_reason::expired) {
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
  ended(core);
  if (core.last_state() == task_state::failed && !core.observed() && unasked_.add(std::move(of.core)))
    sift_unasked();
}

void executor_core::sift_unasked() {
  unasked_.sift([this](const future_core& core) {
    if (!lost_failure_) lost_failure_ = core.failure();
  });
}

void executor_core::note(dispatch::worker_id worker, crew::job, std::span<const std::byte> payload) {
  const auto head = take_head<nested_note>(payload);
  const auto key = nested_key(worker, head.number);
  if (head.what == nested_note::kind::cancel) {
    if (const auto found = nested_.find(key); found != nested_.end())
      coordinator_.scheduler().cancel(found->second);
    return;
  }
  if (head.what == nested_note::kind::unasked) {
    auto record = serial::unpack<failure_record>(payload);
    if (!lost_failure_)
      lost_failure_ = failed_task{std::move(record.failure), std::move(record.exception), exceptions(), nullptr};
    return;
  }
  if (closing_) {
    failure_record record;
    record.failure.reason = dispatch::end_reason::cancelled;
    std::vector<std::byte> bytes;
    append_packed(bytes, record);
    nested_note answer;
    answer.what = nested_note::kind::failed;
    answer.number = head.number;
    coordinator_.tell(worker, with_head(answer, bytes));
    return;
  }
  entry made;
  made.head = {head.invoker, head.terms.priority, head.terms.say_started, head.terms.guarded};
  made.bytes = buffer<std::byte>(payload.size());
  if (!payload.empty()) std::memcpy(made.bytes.data(), payload.data(), payload.size());
  made.submitter = worker;
  made.number = head.number;
  made.function = functions_.find(head.invoker, nullptr);
  nested_[key] = add(std::move(made), head.terms);
}

executor_report executor_core::statistics() {
  const std::lock_guard lock{mutex_};
  const auto& scheduler = coordinator_.scheduler();
  const auto& totals = scheduler.totals();
  executor_report report;
  report.tasks = totals.added;
  report.succeeded = totals.succeeded;
  report.cancelled = totals.cancelled + totals.expired;
  report.waiting = totals.unfinished();
  report.failed = totals.added - totals.succeeded - totals.cancelled - totals.expired - totals.unfinished();
  report.retried = totals.retried;
  report.reused = store_ == nullptr ? 0 : store_->reused();
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
  std::vector<std::function<void()>> at_end;
  {
    const std::lock_guard lock{mutex_};
    at_end.swap(at_end_);
  }
  for (const auto& each : at_end) each();
  std::vector<crew::coordinator::leftover> leftovers;
  for (bool done = false; !done;) {
    bool called_elsewhere = false;
    {
      const std::lock_guard lock{mutex_};
      auto& scheduler = coordinator_.scheduler();
      if (revoke) scheduler.cancel_all();
      // Callbacks may submit: nothing is closed before the last has been called.
      if (scheduler.totals().unfinished() != 0) {
        drive(1ms);
        check_stuck();
      }
      runner_.no_help();
      done = scheduler.totals().unfinished() == 0;
      called_elsewhere = !quiet();
    }
    if (run_callbacks()) {
      done = false;
    } else if (done && called_elsewhere) {  // in another thread
      done = false;
      std::this_thread::sleep_for(100us);
    }
  }
  {
    const std::lock_guard lock{mutex_};
    closing_ = true;  // from here on tasks of tasks that were given up are refused
    drive(0ns);       // what the root's own tasks have said last
    coordinator_.scheduler().close();
    leftovers = coordinator_.dismiss(options_.grace);
    dismissed_ = true;
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
  sift_unasked();
  if (lost_failure_) lost_failure_->raise();
  if (!unasked_.empty()) unasked_.kept().front()->failure().raise();
}

}  // namespace cohort::detail
