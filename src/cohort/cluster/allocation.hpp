#pragma once

#include <cohort/core/error.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cohort::cluster {

/// Reads a variable of the environment; std::nullopt if it is not set.
using variables = std::function<std::optional<std::string>(const char* name)>;
/// Those of this process.
[[nodiscard]] std::optional<std::string> process_variable(const char* name);

/// Who started this process.
enum class launcher : std::uint8_t {
  none,  ///< nobody who knows MPI: a shell, or a Slurm script
  mpirun,
  srun  ///< a step of srun, each of whose tasks is a rank
};
[[nodiscard]] const char* to_string(launcher by) noexcept;

/// A node of an allocation.
struct node_share {
  std::string name;
  unsigned ranks = 0;  ///< that fit there, Slurm's tasks; 0: unknown, as within a step (a rank of srun, or of
                       ///< mpirun on another node)
  unsigned cores = 0;  ///< that are ours; 0: unknown

  friend bool operator==(const node_share&, const node_share&) = default;
};

/// The Slurm job that this process is in.
struct slurm_job {
  std::string id;                        ///< that of this task, for scontrol and squeue
  std::vector<node_share> nodes;         ///< of the whole job
  unsigned cpus_per_task = 0;            ///< 0: not asked for
  unsigned restarts = 0;                 ///< how often the job was requeued
  std::optional<std::string> array_job;  ///< of a job array
  std::optional<unsigned> array_task;

  friend bool operator==(const slurm_job&, const slurm_job&) = default;
};

/// What this process was given. From its environment alone, so it is known before MPI is initialised and costs
/// microseconds.
struct allocation {
  launcher by = launcher::none;
  std::optional<slurm_job> slurm;

  /// This process among those of its launcher; one rank if there is none. @{
  unsigned rank = 0;
  unsigned size = 1;
  unsigned local_rank = 0;
  unsigned local_size = 1;  ///< ranks on this node
  /// @}

  /// How many ranks fit into the Slurm job; 0 outside, or where it does not say.
  [[nodiscard]] unsigned slots() const noexcept;
  /// In words: "mpirun in Slurm job 17", "no launcher" ...
  [[nodiscard]] std::string describe() const;

  friend bool operator==(const allocation&, const allocation&) = default;
};

/// Reads it. Throws error if the environment contradicts itself, as where SLURM_JOB_NODELIST has other numbers of
/// nodes than SLURM_TASKS_PER_NODE, or holds what Slurm does not write.
[[nodiscard]] allocation find_allocation(const variables& environment = process_variable);

}  // namespace cohort::cluster
