#include <cohort/cluster/job_limit.hpp>
#include <cohort/core/error.hpp>
#include <cohort/pattern/crew/clock.hpp>
#include <cohort/pattern/detail/drain_desk.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>

namespace cohort {

time_bound::alternatives time_bound::when() const noexcept {
  switch (kind_) {
    case kind::length:
      return length_;
    case kind::moment:
      return std::chrono::system_clock::time_point{length_};
    case kind::job:
      return job{};
    case kind::never:
      break;
  }
  return std::monostate{};
}

}  // namespace cohort

namespace cohort::detail {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

void write_line(const std::string& line) noexcept {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

/// Nothing if it is not known. This is one rank's affair, which must not throw where the others wait for it.
std::optional<cluster::job_limit> end_of_this_job() {
  try {
    return cluster::find_job_limit(cluster::find_allocation());
  } catch (const error& e) {
    write_line(fmt::format("cohort: the end of the Slurm job is not known: {}\n", e.what()));
    return std::nullopt;
  }
}

dispatch::drain::terms terms_of(const drain_options& how, dispatch::duration timeout, std::size_t slots) {
  dispatch::drain::terms made{.timeout = timeout, .patience = how.patience, .slots = slots};
  dispatch::time_limit limit;
  limit.begin = crew::now();
  const auto until = how.until.when();
  if (const auto* length = std::get_if<nanoseconds>(&until)) {
    limit.end = *length < nanoseconds::max() - limit.begin ? limit.begin + *length : nanoseconds::max();
  } else if (const auto* moment = std::get_if<std::chrono::system_clock::time_point>(&until)) {
    limit.end = limit.begin + std::chrono::duration_cast<nanoseconds>(*moment - std::chrono::system_clock::now());
  } else if (std::holds_alternative<time_bound::job>(until)) {
    auto found = end_of_this_job();
    if (!found) return made;
    limit.end = found->end;
    made.ask = std::move(found->ask);
  } else {
    return made;
  }
  const auto whole = std::max<nanoseconds>(limit.end - limit.begin, 0ns);
  limit.reserve = how.reserve.value_or(std::min<nanoseconds>(whole / 20, 1min));
  made.limit = limit;
  return made;
}

std::string seconds(nanoseconds what) {
  return fmt::format("{:.3g} s", std::chrono::duration<double>(what).count());
}

}  // namespace

const char* fault_of(const drain_options& how) {
  const auto until = how.until.when();
  if (const auto* length = std::get_if<nanoseconds>(&until); length != nullptr && *length <= 0ns)
    return "drain.until leaves no time (it is how long the run may take); leave it out for no end";
  if (how.reserve && *how.reserve < 0ns)
    return "drain.reserve is negative (it is a length of time); pass zero for none";
  if (how.patience && *how.patience < 0ns)
    return "drain.patience is negative (it is a length of time); pass zero for none";
  return nullptr;
}

drain_desk::drain_desk(const drain_options& how, dispatch::duration timeout, std::size_t slots)
    : brain_{terms_of(how, timeout, slots)} {}

void drain_desk::heard(const crew::client::heard_report& what) {
  if (!brain_.limited()) return;
  const auto since = crew::now() - what.took;
  if (what.what == crew::report::kind::stopped) return brain_.withdrawn(what.of.task);
  brain_.began(what.of.task, since);  // of tasks that are brief nobody has said so
  if (what.what != crew::report::kind::started) brain_.ended(what.of.task, what.took);
}

void drain_desk::told(int rank, const std::string& who, int signal) {
  ++signals_[rank];
  if (!signal_.empty()) return;
  const char* const name = ::sigabbrev_np(signal);
  signal_ = fmt::format("{} came to {}",
                        name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal), who);
}

drain_desk::phase drain_desk::look() {
  unsigned told = 0;
  for (const auto& [rank, times] : signals_) told = std::max(told, times);
  const bool before = brain_.begun();
  const auto now = crew::now();
  const auto result = brain_.look(now, told);
  if (!before && brain_.begun()) reason_ = why(now);
  return result;
}

std::string drain_desk::why(dispatch::time_point now) const {
  if (brain_.was_told()) return signal_;
  const auto& limit = *brain_.limit();
  const auto reserve = seconds(limit.reserve);
  if (brain_.hopeless() && brain_.need() > 0ns) {
    return fmt::format("a task takes up to {}, and the run had {}, {} of it in reserve, so none fits; give it more",
                       seconds(brain_.need()), seconds(limit.end - limit.begin), reserve);
  }
  const auto left = seconds(limit.end - now);
  if (brain_.need() == 0ns) return fmt::format("{} are left, and {} are in reserve", left, reserve);
  return fmt::format("{} are left, {} of it in reserve, and a task takes up to {}", left, reserve,
                     seconds(brain_.need()));
}

dispatch::duration drain_desk::grace(dispatch::duration otherwise) const {
  if (!brain_.limited()) return otherwise;
  return std::min(otherwise, std::max<dispatch::duration>(brain_.limit()->reserve / 2, 500ms));
}

void drain_desk::say(const char* pattern) const noexcept {
  try {
    write_line(fmt::format("cohort: {}: nothing more is begun: {}\n", pattern, reason_));
  } catch (...) {  // NOLINT(bugprone-empty-catch): what was not run is told all the same
  }
}

}  // namespace cohort::detail
