#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cohort_farm {

/// Whether a variable (NAME=value) describes this rank as a process of mpirun or srun. A task must not inherit it:
/// an MPI program would take itself for the rank. What a user sets (OMPI_MCA_btl, PMIX_MCA_gds, SLURM_JOB_ID of the
/// job ...) is none of these.
[[nodiscard]] bool belongs_to_rank(std::string_view variable);

/// The environment of the tasks of one rank. The array is built once; a task changes a few entries.
class child_environment {
 public:
  /// `base`: as environ, ended by a null pointer; copied.
  child_environment(const char* const* base, std::uint32_t rank);

  struct task {
    std::uint64_t seq = 0;      ///< PARALLEL_SEQ, COHORT_TASK
    std::uint32_t slot = 0;     ///< PARALLEL_JOBSLOT, from 1
    std::uint32_t attempt = 0;  ///< COHORT_ATTEMPT, from 1
  };
  /// For posix_spawn; valid until the next call.
  [[nodiscard]] char* const* for_task(const task& what);

 private:
  enum changing : std::size_t { parallel_seq, cohort_task, jobslot, cohort_attempt, changing_entries };
  std::vector<std::string> fixed_;
  std::vector<std::string> changing_;
  std::vector<char*> array_;
};

}  // namespace cohort_farm
