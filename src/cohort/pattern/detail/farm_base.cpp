#include <cohort/collective/bcast.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/crew/left_behind.hpp>
#include <cohort/pattern/crew/serve.hpp>
#include <cohort/pattern/detail/farm_base.hpp>
#include <cohort/pattern/detail/farm_work.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace cohort::detail {
namespace {

using namespace std::chrono_literals;

/// As long as it takes, in a number that can be added to the time.
constexpr std::chrono::nanoseconds unlimited = std::chrono::hours{24 * 365 * 100};

dispatch::settings settings_of(const farm_options& options) {
  return {.how = options.schedule, .ordered = options.ordered, .prefetch = options.prefetch};
}

const char* fault_of(const farm_options& options) {
  if (options.window == 0) return "window is 0 (no task could be taken from the input); pass at least 1";
  if (options.timeout < 0ns) return "timeout is negative (it is a length of time); pass zero for no timeout";
  if (options.grace < 0ns) return "grace is negative (it is a length of time); pass zero for none";
  return nullptr;
}

}  // namespace

communicator farm_lane(const communicator& comm, const farm_options& options, int root, const call_site& where) {
  check_root("farm", access::state(comm, "farm", where), root, where);
  try {
    if (const auto* fault = fault_of(options)) throw argument_error{fault};
    const dispatch::scheduler checks_the_rest{settings_of(options)};
  } catch (const argument_error& e) {
    throw argument_error{
        fmt::format("farm on rank {} (called at {}:{}): {}", comm.rank(), where.file, where.line, e.what())};
  }
  return comm.duplicate(where);
}

farm_base::farm_base(const communicator& comm, crew::thread_runner::function work, const farm_options& options)
    : comm_{comm},
      options_{options},
      host_{host_name()},
      local_{std::move(work), options.threads, options.timeout > 0ns},
      coordinator_{comm, local_, *this, settings_of(options), host_} {}

farm_report farm_base::run() {
  const auto begun = crew::now();
  std::exception_ptr thrown;
  try {
    loop();
  } catch (...) {
    // A callback or the input threw: the other ranks must be let go before anybody hears of it.
    thrown = std::current_exception();
    silenced_ = true;
    cancel();
    while (!coordinator_.finished()) coordinator_.step(1ms);
  }
  const auto leftovers = coordinator_.dismiss(patience());
  auto report = make_report(std::chrono::duration<double>(crew::now() - begun).count());
  comm_.bcast(report, {.root = comm_.rank()});
  if (local_.unfinished() != 0) local_.leave_behind();
  if (thrown) std::rethrow_exception(thrown);
  if (first_failure_) throw task_error{std::move(*first_failure_)};
  if (!leftovers.empty()) {
    const auto& first = leftovers.front();
    throw crew::still_running("farm", fmt::format("rank {} ({})", first.worker, coordinator_.host(first.worker)),
                              first.jobs, options_.grace);
  }
  return report;
}

void farm_base::loop() {
  auto& scheduler = coordinator_.scheduler();
  const auto slots = static_cast<std::size_t>(comm_.size()) * options_.threads;
  const intake most{options_.window, options_.window_bytes, 2 * slots};
  for (bool more = true; !coordinator_.finished();) {
    if (more && !cancelled_) more = refill(most);
    if (!more || cancelled_) scheduler.close();
    const auto heard = coordinator_.last_heard();
    const auto& totals = scheduler.totals();
    const auto ended = totals.added - totals.unfinished();
    const auto begun = crew::now();
    coordinator_.step(1ms);
    // Neither the input's time counts nor a callback's, which comes with a report or with the end of a task.
    const bool idle = heard == coordinator_.last_heard() && ended == totals.added - totals.unfinished();
    idle_ = idle ? idle_ + (crew::now() - begun) : dispatch::duration{0};
    check_stuck();
  }
}

std::chrono::nanoseconds farm_base::patience() const {
  // Only a task that has overrun its timeout may be left behind. If the run was cut short, those that run may not
  // have yet.
  if (options_.timeout == 0ns) return unlimited;
  const auto grace = std::min(options_.grace, unlimited);
  if (!cancelled_ || stuck_) return grace;
  return std::min(options_.timeout, unlimited - grace) + grace;
}

void farm_base::check_stuck() {
  // Whatever runs is stopped at its timeout. So if we waited longer in vain, every slot is held by a task that was
  // given up and does not return, and those that are left will never run.
  if (options_.timeout == 0ns || idle_ < options_.timeout || idle_ - options_.timeout < options_.grace) return;
  const auto left = coordinator_.scheduler().totals().unfinished();
  if (left == 0) return;
  stuck_ = true;
  throw crew::no_place_to_run("farm", left, options_.grace);
}

void farm_base::add_task() {
  coordinator_.scheduler().add({.retries = options_.retries, .timeout = options_.timeout});
  if (cancelled_) coordinator_.scheduler().cancel_queued();
}

void farm_base::cancel() {
  cancelled_ = true;
  coordinator_.scheduler().cancel_all();
  coordinator_.scheduler().close();
}

void farm_base::unhandled(task_failure&& failure) {
  if (first_failure_) return;
  first_failure_ = std::move(failure);
  cancel();
}

task_failure farm_base::complete(std::optional<task_failure>&& kept, const dispatch::give_up& what,
                                 std::uint32_t retries) const {
  task_failure failure;
  if (kept && what.reason == dispatch::end_reason::failed) failure = std::move(*kept);
  failure.reason = what.reason;
  failure.task = what.task;
  failure.attempt = retries;  // what.attempt counts what was handed back unstarted, too
  if (what.reason != dispatch::end_reason::cancelled) {
    failure.rank = static_cast<int>(what.worker);
    failure.host = coordinator_.host(what.worker);
  }
  return failure;
}

farm_report farm_base::make_report(double seconds) const {
  const auto& scheduler = coordinator_.scheduler();
  const auto& totals = scheduler.totals();
  farm_report report;
  report.tasks = totals.added;
  report.succeeded = totals.succeeded;
  report.failed = totals.added - totals.succeeded;
  report.retried = totals.retried;
  report.seconds = seconds;
  for (dispatch::worker_id w = 0; w != coordinator_.ranks(); ++w) {
    const auto& did = scheduler.worker(w);
    report.ranks.push_back({coordinator_.host(w), did.succeeded + did.failed + did.timed_out,
                            std::chrono::duration<double>(did.busy).count()});
  }
  return report;
}

farm_report farm_serve(const communicator& comm, crew::thread_runner::function work, const farm_options& options,
                       int root) {
  crew::thread_runner runner{std::move(work), options.threads, options.timeout > 0ns};
  const auto left = crew::serve(comm, runner, root, host_name());
  if (left != 0) runner.leave_behind();
  farm_report report;
  comm.bcast(report, {.root = root});
  if (left != 0) throw crew::still_running("farm", fmt::format("rank {}", comm.rank()), left, options.grace);
  return report;
}

}  // namespace cohort::detail
