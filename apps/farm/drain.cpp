#include "farm/drain.hpp"

#include "farm/report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
using cohort::crew::report;

double seconds(cohort::dispatch::duration what) {
  return std::chrono::duration<double>(what).count();
}

cohort::dispatch::drain::terms terms_of(const std::optional<run_limit>& limit, cohort::dispatch::duration timeout,
                                        std::size_t slots) {
  cohort::dispatch::drain::terms result{.timeout = timeout, .slots = slots};
  if (!limit) return result;
  result.limit = limit->time;
  result.ask = limit->ask;
  return result;
}

}  // namespace

drain::drain(const std::optional<run_limit>& limit, duration timeout, std::size_t slots)
    : brain_{terms_of(limit, timeout, slots)}, timeout_{timeout} {}

void drain::learn(double took) {
  if (took >= 0 && took < 3e9) brain_.learn(duration{static_cast<std::int64_t>(took * 1e9)});
}

void drain::heard(const cohort::crew::client::heard_report& what, time_point now) {
  if (what.what == report::kind::started) return brain_.began(what.of.task, now);
  // One that was stopped at its timeout has taken so long.
  const bool over = what.what != report::kind::stopped || (timeout_ > 0ns && what.took >= timeout_);
  if (over) {
    brain_.ended(what.of.task, what.took);
  } else {
    brain_.withdrawn(what.of.task);
  }
}

drain::duration drain::grace() const {
  const auto& limit = brain_.limit();
  return std::max<duration>(limit ? limit->reserve / 2 : 0ns, 500ms);
}

std::string drain::reason(time_point now) const {
  if (brain_.was_told()) return "it was told to by SIGUSR1";
  if (!limited()) return {};
  const auto& time = *brain_.limit();
  const auto need = brain_.need();
  const auto reserve = readable_seconds(seconds(time.reserve));
  if (hopeless() && need > 0ns) {
    return fmt::format(
        "a task takes up to {}, and this run had {}, {} of it in reserve, so none fits; give it more (sbatch "
        "--time, --walltime), or try all the same with --walltime none",
        readable_seconds(seconds(need)), readable_seconds(seconds(time.end - time.begin)), reserve);
  }
  const auto left = readable_seconds(seconds(time.end - now));
  if (need == 0ns) return fmt::format("{} are left, and {} are in reserve", left, reserve);
  return fmt::format("{} are left, {} of it in reserve, and a task takes up to {}", left, reserve,
                     readable_seconds(seconds(need)));
}

}  // namespace cohort_farm
