// How process_runner winds up, and tells a task's own end from one that came from outside.
#include "farm/interruption.hpp"
#include "farm/process_runner.hpp"
#include "farm/running_job.hpp"

#include <csignal>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
using cohort::crew::report;

/// Whoever signals all processes of a job reaches a task earlier or later than its rank. So long a task that died
/// first is not told of.
constexpr auto after = 500ms;
/// So long a task may take to die.
constexpr auto before = 5s;

/// SIGTERM or SIGUSR1, if the attempt ended by it, as a shell tells it of its last command too; else 0.
int signal_of(const completion& how) {
  for (const int number : {SIGTERM, SIGUSR1}) {
    if (how.signal == number || how.exit_status == 128 + number) return number;
  }
  return 0;
}

}  // namespace

void process_runner::answer(const wind_up& what) {
  while (!waiting_.empty()) stop(waiting_.back().of);
  if (!what.stop) return;
  for (auto& each : running_) tell_to_end(each, std::chrono::nanoseconds{what.grace});
}

bool process_runner::hold(cohort::crew::job of, const completion& how) {
  if (signal_of(how) == 0) return false;
  held_.push_back({of, how, clock::now()});
  settle(clock::now());
  return true;
}

/// Reports those that are held, if it is known by now how, or will not be known.
void process_runner::settle(clock::time_point now, bool all) {
  std::erase_if(held_, [&](const held_end& each) {
    const auto told = interruption::received(signal_of(each.how));
    const bool outside = told && *told > each.ended - before;
    if (!outside && now < each.ended + after && !all) return false;
    pass_on_drain();  // first, lest the attempt begin again
    report_end(each.of, outside ? report::kind::stopped : report::kind::failed, each.how);
    return true;
  });
}

process_runner::clock::time_point process_runner::held_until(clock::time_point until) const {
  for (const auto& each : held_) until = std::min(until, each.ended + after);
  return until;
}

/// SIGUSR1 to any rank is for the run.
void process_runner::pass_on_drain() {
  if (drain_told_ || !interruption::drain_requested()) return;
  drain_told_ = true;
  ready_.push_back({report::kind::note, {}, {}, {}});
}

}  // namespace cohort_farm
