#include "farm/walltime.hpp"

#include <cohort/cluster/job_limit.hpp>

#include "farm/duration.hpp"
#include "farm/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cohort_farm {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;

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
    const auto job = cohort::cluster::find_job_limit(given);
    if (!job) return std::nullopt;
    result.time.end = job->end;
    result.ask = job->ask;
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
