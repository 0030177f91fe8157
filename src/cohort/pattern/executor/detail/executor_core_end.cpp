#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/crew/left_behind.hpp>
#include <cohort/pattern/executor/detail/executor_core.hpp>
#include <cohort/pattern/executor/detail/store_writer.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>

/// How an executor ends, and what it has done.
namespace cohort::detail {

using namespace std::chrono_literals;

executor_report executor_core::statistics() {
  const std::lock_guard lock{mutex_};
  const auto& scheduler = coordinator_.scheduler();
  const auto& totals = scheduler.totals();
  executor_report report;
  const auto seats = gangs_ ? gangs_->counts() : crew::gang_master::seat_counts{};
  report.tasks = submitted_;
  report.succeeded = totals.succeeded + lane_did_.succeeded - seats.succeeded;
  report.cancelled = totals.cancelled + totals.expired + lane_did_.cancelled - seats.cancelled;
  report.waiting = totals.unfinished() + lane_.size() + batch_.unfinished() - seats.unfinished();
  report.drained = totals.drained - seats.drained + forgone_;
  report.failed = report.tasks - report.succeeded - report.cancelled - report.drained - report.waiting;
  for (const auto& [worker, attempts] : rerun_) report.rerun += attempts;
  report.retried = totals.retried - report.rerun;
  report.reused = (store_ == nullptr ? 0 : store_->reused()) + (journal_ == nullptr ? 0 : journal_->reused());
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
  for (const auto worker : coordinator_.lost()) report.ranks[worker].lost = true;
  for (const auto& [worker, attempts] : rerun_) report.ranks[worker].rerun = attempts;
  auto& here = report.ranks[static_cast<std::size_t>(local_->rank())];
  here.tasks += lane_did_.succeeded + lane_did_.failed;
  here.busy_seconds += std::chrono::duration<double>(lane_did_.busy).count();
  report.functions = functions_.all();
  return report;
}

/// Of the root to the others that are left. It is right unless the store cannot be written, or a rank is busy.
std::vector<std::byte> executor_core::last_word(bool revoke, int status) {
  sift_unasked();
  const bool throws = revoke || lost_failure_ || !unasked_.empty();
  nested_note head;
  head.what = nested_note::kind::status;
  head.number = static_cast<std::uint64_t>(throws ? 1 : status_with_rest(status));
  return with_head(head, {});
}

void executor_core::shut_down(bool revoke, int status) {
  if (dismissed_) return;
  std::vector<std::function<void()>> at_end;
  {
    const std::lock_guard lock{mutex_};
    at_end.swap(at_end_);
  }
  for (const auto& each : at_end) each();
  std::vector<crew::coordinator::leftover> leftovers;
  auto grace = options_.grace;
  for (bool done = false; !done;) {
    bool called_elsewhere = false;
    {
      const std::lock_guard lock{mutex_};
      auto& scheduler = coordinator_.scheduler();
      release_lane();
      if (revoke) {
        scheduler.cancel_all();
        batch_.each_unfinished([this](const future_core& core) { cancel_own(core); });
      }
      // Callbacks may submit: nothing is closed before the last has been called. What is not to begin has ended
      // when it is submitted, and is told by the next look.
      const bool busy = scheduler.totals().unfinished() != 0;
      drive(busy ? crew::backoff::longest : dispatch::duration{0});
      if (busy) check_stuck();
      runner_.no_help();
      done = scheduler.totals().unfinished() == 0;
      called_elsewhere = !quiet() || !batch_.empty();
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
    if (drain_ && drain_->begun()) grace = drain_->grace(grace);
    leftovers = coordinator_.dismiss(grace, [&] { return last_word(revoke, status); });
    dismissed_ = true;
  }
  stop_following_.notify_all();
  if (follower_.joinable()) follower_.join();
  if (runner_.unfinished() != 0) runner_.leave_behind();
  if (revoke) return;
  if (!leftovers.empty()) {
    const auto& first = leftovers.front();
    const auto text = crew::still_running_text(
        "executor", fmt::format("rank {} ({})", first.worker, coordinator_.host(first.worker)), first.jobs, grace);
    if (not_run_.empty()) throw error{text};
    fmt::print(stderr, "cohort: {}\n", text);  // the program's next life runs it
  }
  const std::lock_guard lock{mutex_};
  sift_unasked();
  const auto failures = lost_failures_ + unasked_.kept().size();
  if (failures > 1) {
    fmt::print(stderr, "cohort: executor: {} tasks and callbacks have failed that nobody asked about; the first:\n",
               failures);
  }
  if (lost_failure_) lost_failure_->raise();
  if (!unasked_.empty()) unasked_.kept().front()->failure().raise();
}

}  // namespace cohort::detail
