#include "farm/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cohort_farm {
namespace {

bool begins(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

/// Set by mpirun and its daemons (Open MPI 4 and 5), srun, and the process managers between them.
constexpr std::array<std::string_view, 34> rank_prefixes = {"OMPI_COMM_WORLD_",
                                                            "OMPI_APP_CTX_",
                                                            "OMPI_ARGV=",
                                                            "OMPI_COMMAND=",
                                                            "OMPI_FILE_LOCATION=",
                                                            "OMPI_FIRST_RANKS=",
                                                            "OMPI_NUM_APP_CTX=",
                                                            "OMPI_UNIVERSE_SIZE=",
                                                            "OMPI_MCA_ess",
                                                            "OMPI_MCA_orte",
                                                            "OMPI_MCA_pmix",
                                                            "OMPI_MCA_initial_wdir=",
                                                            "OMPI_MCA_mpi_oversubscribe=",
                                                            "OMPI_MCA_rmaps_base_oversubscribe=",
                                                            "OMPI_MCA_shmem_RUNTIME_QUERY_hint=",
                                                            "PMIX_",
                                                            "PMI_",
                                                            "PRTE_",
                                                            "ORTE_",
                                                            "SLURM_STEP_",
                                                            "SLURM_STEPID=",
                                                            "SLURM_PROCID=",
                                                            "SLURM_LOCALID=",
                                                            "SLURM_NODEID=",
                                                            "SLURM_GTIDS=",
                                                            "SLURM_TASK_PID=",
                                                            "SLURM_PMIX",
                                                            "SLURM_PMI",
                                                            "SLURM_MPI_TYPE=",
                                                            "SLURM_SRUN_COMM_",
                                                            "SLURM_LAUNCH_NODE_IPADDR=",
                                                            "SLURM_CPU_BIND",
                                                            "SLURM_MEM_BIND",
                                                            "SLURM_DISTRIBUTION="};

/// Begin like the above, but users set them.
constexpr std::array<std::string_view, 2> user_prefixes = {"PMIX_MCA_", "PRTE_ALLOW_RUN_AS_ROOT"};

/// What we set; never twice.
constexpr std::array<std::string_view, 6> own_prefixes = {
    "PARALLEL_SEQ=", "PARALLEL_JOBSLOT=", "COHORT_TASK=", "COHORT_ATTEMPT=", "COHORT_RANK=", "PARALLEL_PID="};

/// Of the job: a command that is a job itself must not speak for this one.
constexpr std::array<std::string_view, 2> job_prefixes = {"COHORT_VERDICT=", "COHORT_OUTPUT="};

template <std::size_t N>
bool begins_with_any(std::string_view variable, const std::array<std::string_view, N>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) { return begins(variable, prefix); });
}

}  // namespace

bool belongs_to_rank(std::string_view variable) {
  if (begins(variable, "PMIX_MCA_mca_base_component_show_load_errors=")) return true;
  return begins_with_any(variable, rank_prefixes) && !begins_with_any(variable, user_prefixes);
}

child_environment::child_environment(const char* const* base, std::uint32_t rank) : changing_(changing_entries) {
  for (; base != nullptr && *base != nullptr; ++base) {
    const std::string_view variable = *base;
    if (!belongs_to_rank(variable) && !begins_with_any(variable, own_prefixes) &&
        !begins_with_any(variable, job_prefixes))
      fixed_.emplace_back(variable);
  }
  fixed_.push_back(fmt::format("COHORT_RANK={}", rank));
  for (auto& variable : fixed_) array_.push_back(variable.data());
  array_.resize(array_.size() + changing_entries + 1, nullptr);
}

char* const* child_environment::for_task(const task& what) {
  changing_[parallel_seq] = fmt::format("PARALLEL_SEQ={}", what.seq);
  changing_[cohort_task] = fmt::format("COHORT_TASK={}", what.seq);
  changing_[jobslot] = fmt::format("PARALLEL_JOBSLOT={}", what.slot);
  changing_[cohort_attempt] = fmt::format("COHORT_ATTEMPT={}", what.attempt);
  for (std::size_t i = 0; i != changing_.size(); ++i) array_[fixed_.size() + i] = changing_[i].data();
  return array_.data();
}

}  // namespace cohort_farm
