#include <cohort/cluster/job_end.hpp>
#include <cohort/cluster/job_limit.hpp>

#include <string>

namespace cohort::cluster {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

/// Slurm that does not answer must not hold the program for longer than `patience` seconds.
std::optional<nanoseconds> end_of_job(const allocation& of, int patience, const variables& environment) {
  const auto end = job_end(
      of,
      [patience](const std::string& command) {
        return run_command("timeout " + std::to_string(patience) + " " + command);
      },
      environment);
  if (!end) return std::nullopt;
  constexpr nanoseconds longest = 24h * 36500;
  const auto left = *end - system_clock::now();
  if (left > longest) return std::nullopt;
  return steady_clock::now().time_since_epoch() + std::chrono::duration_cast<nanoseconds>(left);
}

std::optional<std::string> no_variables(const char* /*name*/) {
  return std::nullopt;
}

}  // namespace

std::optional<job_limit> find_job_limit(const allocation& of) {
  // The environment tells the end as it was when the job began; the job may have got more time since.
  auto end = end_of_job(of, 20, process_variable);
  if (end && *end <= steady_clock::now().time_since_epoch()) end = end_of_job(of, 20, no_variables);
  if (!end) return std::nullopt;
  return job_limit{*end, [of] { return end_of_job(of, 3, no_variables); }};
}

}  // namespace cohort::cluster
