#include "farm/walltime.hpp"

#include <cohort/cluster/job_end.hpp>

#include "farm/duration.hpp"
#include "farm/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

/// On the steady clock. Slurm that does not answer must not hold the run for longer than `patience` seconds.
std::optional<cohort::dispatch::time_point> end_of_job(
    const cohort::cluster::allocation& given, int patience,
    const cohort::cluster::variables& environment = cohort::cluster::process_variable) {
  const auto end = cohort::cluster::job_end(
      given,
      [patience](const std::string& command) {
        return cohort::cluster::run_command(fmt::format("timeout {} {}", patience, command));
      },
      environment);
  if (!end) return std::nullopt;
  constexpr nanoseconds longest = 24h * 36500;
  const auto left = *end - system_clock::now();
  if (left > longest) return std::nullopt;
  return steady_clock::now().time_since_epoch() + std::chrono::duration_cast<nanoseconds>(left);
}

}  // namespace

walltime parse_walltime(std::string_view text) {
  if (text == "auto") return {};
  if (text == "none") return {walltime::kind::none, {}};
  const walltime result{walltime::kind::given, parse_duration(text, "--walltime")};
  if (result.length == 0s) {
    throw farm_error{fmt::format(
        "--walltime {} leaves no time (nothing could be started); give a longer one, auto, or none", text)};
  }
  return result;
}

std::optional<run_limit> find_limit(const walltime& wanted, std::optional<nanoseconds> reserve,
                                    const cohort::cluster::allocation& given) {
  if (wanted.how == walltime::kind::none) return std::nullopt;
  const cohort::dispatch::time_point now = steady_clock::now().time_since_epoch();
  run_limit result;
  result.time.begin = now;
  if (wanted.how == walltime::kind::given) {
    result.time.end = now + wanted.length;
  } else {
    // The environment tells the end as it was when the job began; the job may have got more time since.
    const auto no_variables = [](const char*) -> std::optional<std::string> { return std::nullopt; };
    auto end = end_of_job(given, 20);
    if (end && *end <= now) end = end_of_job(given, 20, no_variables);
    if (!end) return std::nullopt;
    result.time.end = *end;
    result.ask = [given, no_variables] { return end_of_job(given, 3, no_variables); };
  }
  const nanoseconds whole = std::max<nanoseconds>(result.time.end - now, 0ns);
  result.time.reserve = reserve.value_or(std::min<nanoseconds>(whole / 20, 1min));
  if (wanted.how == walltime::kind::given && result.time.reserve >= whole) {
    throw farm_error{
        "--walltime is not longer than --reserve (nothing could be started); give it more, or reserve less"};
  }
  return result;
}

}  // namespace cohort_farm
