#include <cohort/pattern/executor/detail/executor_core.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

/// How an executor winds up before its tasks have ended.
namespace cohort::detail {

void executor_core::told(dispatch::worker_id worker, std::uint16_t /*member*/, int signal) {
  if (drain_)
    drain_->told(static_cast<int>(worker), fmt::format("rank {} ({})", worker, coordinator_.host(worker)), signal);
}

void executor_core::mind_the_time() {
  using phase = drain_desk::phase;
  const bool before = drain_->begun();
  const auto now = drain_->look();
  auto& scheduler = coordinator_.scheduler();
  if (now == phase::none || scheduler.is_stopped()) return;
  if (!before) {
    lane_open_ = false;
    release_lane();
    if (scheduler.totals().unfinished() != 0) drain_->say("executor");
    scheduler.wind_up();
    coordinator_.step(dispatch::duration{0});
  }
  if (now != phase::closing) {
    scheduler.stop_running();
    coordinator_.step(dispatch::duration{0});
  }
}

/// A task of the body's, which has a number, is not run to its end.
void executor_core::leave_out(const task_failure& failure, const future_core& core) {
  not_run_.push_back(core.name ? *core.name : fmt::format("task {}", failure.task));
}

void executor_core::forgo(const std::shared_ptr<future_core>& core, const failed_task& why) {
  if (why.failure.reason != dispatch::end_reason::drained || !drain_) return task_home::forgo(core, why);
  settle(core, [&] {
    failed_task mine{why};
    mine.failure.task = submitted_++;
    mine.failure.name = core->name ? *core->name : std::string{};
    ++forgone_;
    leave_out(mine.failure, *core);
    core->fail(std::move(mine));
  });
}

bool executor_core::draining() {
  if (!drain_) return false;
  const std::lock_guard lock{mutex_};
  if (!dismissed_) drive(dispatch::duration{0});
  return drain_->begun();
}

std::vector<std::string> executor_core::not_run() {
  const std::lock_guard lock{mutex_};
  if (drain_ && !dismissed_) drive(dispatch::duration{0});
  return not_run_;
}

int executor_core::status_with_rest(int status) const noexcept {
  return status == 0 && !not_run_.empty() ? resume_status : status;
}

void executor_core::tell_rest() const {
  if (not_run_.empty()) return;
  constexpr std::size_t most = 10;
  std::string names;
  for (std::size_t i = 0; i != std::min(most, not_run_.size()); ++i) names += (i == 0 ? "" : ", ") + not_run_[i];
  if (not_run_.size() > most) names += fmt::format(" and {} more", not_run_.size() - most);
  fmt::print(stderr, "cohort: executor: not run to the end ({}): {}; start the program again{}\n", drain_->reason(),
             names, journal_ ? " with the same journal" : "");
}

}  // namespace cohort::detail
