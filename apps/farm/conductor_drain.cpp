// How the root winds up a run whose time is nearly over, or that was told to drain.
#include <cohort/pattern/crew/clock.hpp>

#include "farm/conductor.hpp"
#include "farm/interruption.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace cohort_farm {

namespace crew = cohort::crew;
namespace dispatch = cohort::dispatch;

void conductor::heard(const heard_report& what) {
  drain_.heard(what, crew::now());
  // Stopped, by us or from outside: it is not begun again in this run.
  if (what.what == crew::report::kind::stopped && what.counts && !may_start()) {
    crew_.scheduler().cancel(what.of.task);
  }
}

void conductor::returned(dispatch::worker_id, crew::job of) {
  drain_.returned(of.task);
  if (!may_start()) crew_.scheduler().cancel(of.task);
}

/// It does, or will in a moment.
bool conductor::winding_up() const {
  return drain_.begun() || told_to_drain_ || interruption::drain_requested();
}

bool conductor::may_start() const {
  return starting_ && !winding_up();
}

void conductor::mind_the_time() {
  const auto before = drain_.current();
  const auto now = drain_.look(crew::now(), winding_up());
  if (now == before) return;
  if (before == drain::phase::none) {
    if (not_begun() != 0) {
      remark(fmt::format("nothing more is started: {}", drain_.reason(crew::now())));
    }
    stop_starting();
    replacements_.rest_all();  // a job that waits here for a slot there would be begun after all
    tell_all(wind_up{});
  }
  if (now == drain::phase::stopping) {
    if (const auto left = running(); left != 0) {
      remark(fmt::format("the time is over: {} {} stopped, and not counted as failed", left,
                         left == 1 ? "task that runs is" : "tasks that run are"));
    }
    tell_all(wind_up{true, drain_.grace().count()});
  }
  if (now == drain::phase::leaving) stop_everything();
}

/// Tasks that no runner has begun.
std::uint64_t conductor::not_begun() const {
  const auto& totals = crew_.scheduler().totals();
  const auto active = running();
  return todo_.size() - next_ + totals.queued + totals.delayed +
         (totals.assigned > active ? totals.assigned - active : 0);
}

void conductor::tell_all(const wind_up& what) {
  const auto text = encode(what);
  for (dispatch::worker_id w = 0; w != crew_.workers(); ++w) crew_.tell(w, text);
}

void conductor::remark(const std::string& text) {
  progress_.clear();
  (void)std::fputs(fmt::format("cohort-farm: {}\n", text).c_str(), stderr);
}

}  // namespace cohort_farm
