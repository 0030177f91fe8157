#include <cohort/cluster/allocation.hpp>
#include <cohort/cluster/detail/number.hpp>
#include <cohort/cluster/node_list.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <numeric>

namespace cohort::cluster {
namespace {

/// The number in a variable; std::nullopt if it is not set, or empty.
std::optional<unsigned> number(const variables& environment, const char* name) {
  const auto text = environment(name);
  if (!text || text->empty()) return std::nullopt;
  const auto value = detail::to_number<unsigned>(*text);
  if (!value) {
    throw error{fmt::format(
        "{}={} (it is set by Slurm or mpirun, to a number); unset it, or start the program anew in its allocation",
        name, text->substr(0, 60))};
  }
  return value;
}

/// Slurm has had two names for some.
std::optional<std::string> either(const variables& environment, const char* name, const char* older) {
  auto text = environment(name);
  if (!text || text->empty()) text = environment(older);
  if (text && text->empty()) text.reset();
  return text;
}

std::vector<unsigned> per_node(const variables& environment, const char* name, std::size_t nodes) {
  const auto text = environment(name);
  if (!text || text->empty()) return {};
  auto counts = expand_counts(*text);
  if (counts.size() != nodes) {
    throw error{
        fmt::format("{}={} is for {} nodes, SLURM_JOB_NODELIST names {} (they contradict each other); start "
                    "the program anew in its allocation",
                    name, text->substr(0, 60), counts.size(), nodes)};
  }
  return counts;
}

std::optional<slurm_job> find_job(const variables& environment) {
  const auto id = either(environment, "SLURM_JOB_ID", "SLURM_JOBID");
  if (!id) return std::nullopt;
  slurm_job job;
  job.id = *id;
  if (const auto list = either(environment, "SLURM_JOB_NODELIST", "SLURM_NODELIST")) {
    for (auto& name : expand_node_list(*list)) job.nodes.push_back({std::move(name), 0, 0});
    // Within a step it says what the step has, such as one daemon of mpirun on each node but the first.
    const bool in_step = environment("SLURM_STEP_ID").has_value();
    const auto ranks =
        in_step ? std::vector<unsigned>{} : per_node(environment, "SLURM_TASKS_PER_NODE", job.nodes.size());
    const auto cores = per_node(environment, "SLURM_JOB_CPUS_PER_NODE", job.nodes.size());
    for (std::size_t i = 0; i != job.nodes.size(); ++i) {
      if (!ranks.empty()) job.nodes[i].ranks = ranks[i];
      if (!cores.empty()) job.nodes[i].cores = cores[i];
    }
  }
  job.cpus_per_task = number(environment, "SLURM_CPUS_PER_TASK").value_or(0);
  job.restarts = number(environment, "SLURM_RESTART_COUNT").value_or(0);
  job.array_job = environment("SLURM_ARRAY_JOB_ID");
  if (job.array_job && job.array_job->empty()) job.array_job.reset();
  job.array_task = number(environment, "SLURM_ARRAY_TASK_ID");
  return job;
}

void check(unsigned rank, unsigned size, const char* what) {
  if (rank >= size) {
    throw error{
        fmt::format("the environment says {} {} of {} (there is no such one); start the program anew by mpirun "
                    "or srun",
                    what, rank, size)};
  }
}

}  // namespace

std::optional<std::string> process_variable(const char* name) {
  const char* const found = std::getenv(name);
  if (found == nullptr) return std::nullopt;
  return std::string{found};
}

const char* to_string(launcher by) noexcept {
  switch (by) {
    case launcher::mpirun:
      return "mpirun";
    case launcher::srun:
      return "srun";
    case launcher::none:
      break;
  }
  return "none";
}

unsigned allocation::slots() const noexcept {
  if (!slurm) return 0;
  return std::accumulate(slurm->nodes.begin(), slurm->nodes.end(), 0U,
                         [](unsigned sum, const node_share& each) { return sum + each.ranks; });
}

std::string allocation::describe() const {
  std::string text;
  if (by == launcher::none) {
    text = slurm ? "no launcher, in" : "no launcher";
  } else {
    text = fmt::format("{}{}", to_string(by), slurm ? " in" : "");
  }
  if (!slurm) return text;
  text += fmt::format(" Slurm job {}", slurm->id);
  if (slurm->array_job && slurm->array_task)
    text += fmt::format(" (task {} of array {})", *slurm->array_task, *slurm->array_job);
  if (slurm->restarts > 0)
    text += fmt::format(", requeued {} time{}", slurm->restarts, slurm->restarts == 1 ? "" : "s");
  return text;
}

allocation find_allocation(const variables& environment) {
  allocation result;
  result.slurm = find_job(environment);
  // mpirun's daemons on other nodes are steps of srun themselves, so what mpirun says comes first.
  if (const auto size = number(environment, "OMPI_COMM_WORLD_SIZE")) {
    result.by = launcher::mpirun;
    result.size = *size;
    result.rank = number(environment, "OMPI_COMM_WORLD_RANK").value_or(0);
    result.local_size = number(environment, "OMPI_COMM_WORLD_LOCAL_SIZE").value_or(1);
    result.local_rank = number(environment, "OMPI_COMM_WORLD_LOCAL_RANK").value_or(0);
  } else if (result.slurm && environment("SLURM_STEP_ID") && environment("PMIX_RANK")) {
    // A task of `srun --mpi=pmix`; without PMIx each would be a world of its own.
    result.by = launcher::srun;
    result.size =
        number(environment, "SLURM_STEP_NUM_TASKS").value_or(number(environment, "SLURM_NTASKS").value_or(1));
    result.rank = number(environment, "SLURM_PROCID").value_or(0);
    result.local_rank = number(environment, "SLURM_LOCALID").value_or(0);
    result.local_size = 0;
    if (const auto counts = environment("SLURM_STEP_TASKS_PER_NODE"); counts && !counts->empty()) {
      const auto all = expand_counts(*counts);
      const auto node = number(environment, "SLURM_NODEID").value_or(0);
      if (node < all.size()) result.local_size = all[node];
    }
    if (result.local_size == 0) result.local_size = result.local_rank + 1;
  }
  check(result.rank, result.size, "rank");
  check(result.local_rank, result.local_size, "the node's rank");
  return result;
}

}  // namespace cohort::cluster
