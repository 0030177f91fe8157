#include <cohort/collective/bcast.hpp>
#include <cohort/core/host_name.hpp>
#include <cohort/pattern/crew/clock.hpp>
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

}  // namespace

farm_base::farm_base(const communicator& comm, crew::thread_runner::function work, const farm_options& options)
    : comm_{comm},
      options_{options},
      host_{host_name()},
      local_{std::move(work), options.threads, options.timeout > 0ns},
      coordinator_{comm,
                   local_,
                   *this,
                   {.how = options.schedule, .ordered = options.ordered, .prefetch = options.prefetch},
                   host_} {}

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
  const auto leftovers = coordinator_.dismiss(options_.grace);
  auto report = make_report(std::chrono::duration<double>(crew::now() - begun).count());
  comm_.bcast(report, {.root = comm_.rank()});
  if (!leftovers.empty()) local_.leave_behind();
  if (thrown) std::rethrow_exception(thrown);
  if (first_failure_) throw task_error{std::move(*first_failure_)};
  if (!leftovers.empty()) {
    const auto& first = leftovers.front();
    throw error{
        fmt::format("farm: rank {} ({}) still runs {} task(s) that were given up, {:.0f} s after the rest (a "
                    "function cannot be ended "
                    "from outside); make the tasks end by themselves, or run them as processes",
                    first.worker, coordinator_.host(first.worker), first.jobs,
                    std::chrono::duration<double>(options_.grace).count())};
  }
  return report;
}

void farm_base::loop() {
  auto& scheduler = coordinator_.scheduler();
  for (bool more = true; !coordinator_.finished();) {
    if (more && !cancelled_) more = refill(options_.window);
    if (!more || cancelled_) scheduler.close();
    coordinator_.step(1ms);
    check_stuck();
  }
}

void farm_base::check_stuck() const {
  // Whatever runs is stopped at its timeout. So if nothing was reported for longer, every slot is held by a task
  // that was given up and does not return, and those that are left will never run.
  if (options_.timeout == 0ns || crew::now() - coordinator_.last_heard() < options_.timeout + options_.grace)
    return;
  const auto left = coordinator_.scheduler().totals().unfinished();
  if (left == 0) return;
  throw error{fmt::format(
      "farm: {} task(s) cannot run (every rank is busy with tasks that overran their timeout and have not returned "
      "{:.1f} s "
      "later; a function cannot be ended from outside); make the tasks end by themselves, or run them as processes",
      left, std::chrono::duration<double>(options_.grace).count())};
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
  if (crew::serve(comm, runner, root, host_name()) != 0) runner.leave_behind();
  farm_report report;
  comm.bcast(report, {.root = root});
  return report;
}

}  // namespace cohort::detail
