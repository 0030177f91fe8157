#include <cohort/pattern/pipeline/detail/conduit.hpp>
#include <cohort/pattern/pipeline/detail/pipeline_run.hpp>

#include <algorithm>
#include <chrono>

/// Stages of this rank that run in threads of their own, and hand on what they have made in the caller's.
namespace cohort::detail {

void pipeline_run::hand_on() {
  // Those in front first, for they give work to those behind.
  for (auto at = deferring_.rbegin(); at != deferring_.rend(); ++at) {
    while ((*at)->hand_on(std::chrono::nanoseconds{0})) continue;
  }
}

bool pipeline_run::wait_for_threads() {
  if (deferring_.empty()) return false;
  hand_on();
  const auto busy =
      std::find_if(deferring_.rbegin(), deferring_.rend(), [](const deferring* d) { return d->has_work(); });
  if (busy == deferring_.rend()) return false;
  wait_for(**busy);
  return true;
}

void pipeline_run::wait_for(deferring& node) {
  constexpr std::chrono::microseconds patience{500};
  check();
  // Those behind it, whose results would else stay as long as this one takes. Not those in front: one of them may
  // be handing on now.
  for (auto* each : deferring_) {
    if (each == &node) break;
    while (each->hand_on(std::chrono::nanoseconds{0})) continue;
  }
  if (!node.hand_on(patience)) (void)conduit_->attend();
}

void pipeline_run::end_deferred(std::size_t stage) {
  if (stage == mine()->first) return end();
  learn_cost();
  conduit_->glance(since_, cost_);
}

void pipeline_run::put_aside(item_place& at) {
  at = place_of_item();
  conduit_->glance(since_, cost_);
}

}  // namespace cohort::detail
