#include "farm/requeue.hpp"

#include <cohort/cluster/job_end.hpp>

#include "farm/errors.hpp"
#include "farm/interruption.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <thread>

namespace cohort_farm {
namespace {

/// For mpirun, to pass on what was printed.
constexpr auto pause = std::chrono::seconds{1};

void say(const std::string& text) {
  (void)std::fputs(text.c_str(), stderr);
}

/// It becomes part of a command.
bool plain(const std::string& id) {
  return !id.empty() && id.find_first_not_of("0123456789_") == std::string::npos;
}

}  // namespace

std::optional<cohort::cluster::slurm_job> job_to_requeue(const options& how,
                                                         const cohort::cluster::allocation& given) {
  if (!how.requeue) return std::nullopt;
  if (!given.slurm || !plain(given.slurm->id)) {
    throw farm_error{
        "--requeue is for Slurm jobs (this run is in none, so there is no queue to go back to); leave it out, or "
        "submit the command with sbatch"};
  }
  return given.slurm;
}

void requeue(const cohort::cluster::slurm_job& job) {
  say(fmt::format("cohort-farm: job {} goes back into the queue, and goes on where it stopped (life {})\n", job.id,
                  job.restarts + 2));
  if (!interruption::requested()) std::this_thread::sleep_for(pause);  // else mpirun kills this rank in a moment
  if (cohort::cluster::run_command(fmt::format("scontrol requeue {} 1>&2", job.id))) return;
  say(
      fmt::format("cohort-farm: job {} did not go back into the queue (scontrol requeue failed); submit the same "
                  "command again\n",
                  job.id));
}

}  // namespace cohort_farm
