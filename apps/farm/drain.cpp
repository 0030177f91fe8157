#include "farm/drain.hpp"

#include "farm/report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
using cohort::crew::report;

/// So often it is asked whether another task may start.
constexpr auto interval = 100ms;
/// Until then tasks start that the last look allowed, or that a message has not yet forbidden.
constexpr auto delay = 2 * interval;
constexpr double confidence = 0.95;

double seconds(cohort::dispatch::duration what) {
  return std::chrono::duration<double>(what).count();
}

}  // namespace

drain::drain(std::optional<run_limit> limit, duration timeout, std::size_t slots)
    : limit_{std::move(limit)}, timeout_{timeout}, learned_{confidence, std::max<std::size_t>(1024, 4 * slots)} {}

void drain::learn(double took) {
  if (took >= 0 && took < 3e9) learned_.learn(duration{static_cast<std::int64_t>(took * 1e9)});
}

void drain::heard(const cohort::crew::client::heard_report& what, time_point now) {
  if (!limit_) return;
  if (what.what == report::kind::started) {
    returned(what.of.task);  // where it was before, it is lost
    running_.emplace(what.of.task, learned_.begun(now));
    return;
  }
  const auto found = running_.find(what.of.task);
  if (found == running_.end()) return;
  // One that was stopped at its timeout has taken so long.
  const bool over = what.what != report::kind::stopped || (timeout_ > 0ns && what.took >= timeout_);
  if (over) {
    learned_.ended(found->second, what.took);
  } else {
    learned_.withdrawn(found->second);
  }
  running_.erase(found);
}

void drain::returned(cohort::dispatch::task_id task) {
  const auto found = running_.find(task);
  if (found == running_.end()) return;
  learned_.withdrawn(found->second);
  running_.erase(found);
}

drain::phase drain::look(time_point now, bool told) {
  if (phase_ == phase::none && told) {
    told_ = true;
    phase_ = phase::closing;
  }
  if (!limit_) return phase_;
  if (phase_ == phase::none && now >= next_look_) {
    next_look_ = now + interval;
    need_ = learned_.bound(now, timeout_).value_or(0ns);
    if (!limit_->time.may_start(now + delay, need_) && !extended()) phase_ = phase::closing;
  }
  if (phase_ == phase::closing && now >= limit_->time.closing() && !extended()) phase_ = phase::stopping;
  if (phase_ == phase::stopping && now >= limit_->time.end - limit_->time.reserve / 4) phase_ = phase::leaving;
  return phase_;
}

/// The job has got more time meanwhile.
bool drain::extended() {
  const auto end = limit_->ask ? limit_->ask() : std::nullopt;
  if (!end || *end <= limit_->time.end + 1s) return false;
  limit_->time.end = *end;
  return true;
}

drain::duration drain::grace() const {
  return std::max<duration>(limit_ ? limit_->time.reserve / 2 : 0ns, 500ms);
}

std::string drain::reason(time_point now) const {
  if (told_) return "it was told to by SIGUSR1";
  if (!limit_) return {};
  const auto& time = limit_->time;
  const auto reserve = readable_seconds(seconds(time.reserve));
  if (hopeless() && need_ > 0ns) {
    return fmt::format(
        "a task takes up to {}, and this run had {}, {} of it in reserve, so none fits; give it more (sbatch "
        "--time, --walltime), or try all the same with --walltime none",
        readable_seconds(seconds(need_)), readable_seconds(seconds(time.end - time.begin)), reserve);
  }
  const auto left = readable_seconds(seconds(time.end - now));
  if (need_ == 0ns) return fmt::format("{} are left, and {} are in reserve", left, reserve);
  return fmt::format("{} are left, {} of it in reserve, and a task takes up to {}", left, reserve,
                     readable_seconds(seconds(need_)));
}

}  // namespace cohort_farm
