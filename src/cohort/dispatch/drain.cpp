#include <cohort/dispatch/drain.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cohort::dispatch {
namespace {

using namespace std::chrono_literals;

/// So often it is asked whether another task may start.
constexpr auto interval = 100ms;
/// Until then tasks start that the last look allowed, or that a message has not yet forbidden.
constexpr auto delay = 2 * interval;
constexpr double confidence = 0.95;

}  // namespace

drain::drain(terms how)
    : terms_{std::move(how)}, learned_{confidence, std::max<std::size_t>(1024, 4 * terms_.slots)} {}

void drain::learn(duration took) {
  if (limited() && took >= 0ns) learned_.learn(took);
}

void drain::began(task_id task, time_point since) {
  if (!limited()) return;
  withdrawn(task);
  running_.emplace(task, learned_.begun(since));
}

void drain::ended(task_id task, duration took) {
  const auto found = running_.find(task);
  if (found == running_.end()) return;
  learned_.ended(found->second, took);
  running_.erase(found);
}

void drain::withdrawn(task_id task) {
  const auto found = running_.find(task);
  if (found == running_.end()) return;
  learned_.withdrawn(found->second);
  running_.erase(found);
}

drain::phase drain::look(time_point now, unsigned told) {
  if (phase_ == phase::none && told != 0) {
    told_at_ = now;
    phase_ = phase::closing;
  }
  if (phase_ == phase::closing && out_of_patience(now, told)) phase_ = phase::stopping;
  if (!limited()) return phase_;
  auto& limit = *terms_.limit;
  if (phase_ == phase::none && now >= next_look_) {
    next_look_ = now + interval;
    need_ = learned_.bound(now, terms_.timeout).value_or(0ns);
    if (!limit.may_start(now + delay, need_) && !extended()) phase_ = phase::closing;
  }
  if (phase_ == phase::closing && now >= limit.closing() && !extended()) phase_ = phase::stopping;
  if (phase_ == phase::stopping && now >= limit.end - limit.reserve / 4) phase_ = phase::leaving;
  return phase_;
}

bool drain::out_of_patience(time_point now, unsigned told) const {
  if (told > 1) return true;
  return told_at_ && terms_.patience && now - *told_at_ >= *terms_.patience;
}

/// There is more time meanwhile.
bool drain::extended() {
  const auto end = terms_.ask ? terms_.ask() : std::nullopt;
  if (!end || *end <= terms_.limit->end + 1s) return false;
  terms_.limit->end = *end;
  return true;
}

}  // namespace cohort::dispatch
