#pragma once

#include <cohort/cluster/allocation.hpp>

#include "farm/options.hpp"

#include <optional>
#include <string>

namespace cohort_farm {

/// What --requeue needs: the Slurm job that is to go back into the queue; nothing if it was not asked for. Throws
/// farm_error if there is no such job.
[[nodiscard]] std::optional<cohort::cluster::slurm_job> job_to_requeue(const options& how,
                                                                       const cohort::cluster::allocation& given);

/// Puts the job back into the queue by `scontrol requeue`, and says so in a line, or what went wrong. The last
/// thing that a run does: Slurm ends the job's processes then.
void requeue(const cohort::cluster::slurm_job& job);

}  // namespace cohort_farm
