// What mpirun and Slurm leave in the environment. The variables are those that Open MPI 4.1.4 and Slurm 22.05 set.

#include <cohort/cluster/allocation.hpp>

#include "cluster_test_support.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace cluster_test;
using namespace cohort::cluster;
using set = std::map<std::string, std::string>;

allocation found(const set& variables) {
  return find_allocation([&variables](const char* name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional{at->second};
  });
}

set with(set base, const set& more) {
  for (const auto& [name, value] : more) base[name] = value;
  return base;
}

const set& job() {
  static const set variables{{"SLURM_JOB_ID", "17"},
                             {"SLURM_JOBID", "17"},
                             {"SLURM_JOB_NODELIST", "node[1-3]"},
                             {"SLURM_TASKS_PER_NODE", "2(x2),1"},
                             {"SLURM_JOB_CPUS_PER_NODE", "4(x3)"},
                             {"SLURM_NTASKS", "5"},
                             {"SLURM_PROCID", "0"},
                             {"SLURM_LOCALID", "0"}};
  return variables;
}

TEST(Allocation, None) {
  const auto a = found({});
  EXPECT_EQ(a, allocation{});
  EXPECT_EQ(a.by, launcher::none);
  EXPECT_EQ(a.size, 1U);
  EXPECT_EQ(a.slots(), 0U);
  EXPECT_EQ(a.describe(), "no launcher");
}

TEST(Allocation, Mpirun) {
  const auto a = found({{"OMPI_COMM_WORLD_SIZE", "7"},
                        {"OMPI_COMM_WORLD_RANK", "5"},
                        {"OMPI_COMM_WORLD_LOCAL_SIZE", "4"},
                        {"OMPI_COMM_WORLD_LOCAL_RANK", "2"},
                        {"PMIX_RANK", "5"}});
  EXPECT_EQ(a.by, launcher::mpirun);
  EXPECT_EQ(a.size, 7U);
  EXPECT_EQ(a.rank, 5U);
  EXPECT_EQ(a.local_size, 4U);
  EXPECT_EQ(a.local_rank, 2U);
  EXPECT_FALSE(a.slurm.has_value());
  EXPECT_EQ(a.describe(), "mpirun");
}

TEST(Allocation, SlurmScript) {
  const auto a = found(with(job(), {{"SLURM_CPUS_PER_TASK", "2"}, {"SLURM_RESTART_COUNT", "1"}}));
  EXPECT_EQ(a.by, launcher::none);
  EXPECT_EQ(a.size, 1U);
  ASSERT_TRUE(a.slurm.has_value());
  EXPECT_EQ(a.slurm->id, "17");
  EXPECT_EQ(a.slurm->nodes, (std::vector<node_share>{{"node1", 2, 4}, {"node2", 2, 4}, {"node3", 1, 4}}));
  EXPECT_EQ(a.slurm->cpus_per_task, 2U);
  EXPECT_EQ(a.slurm->restarts, 1U);
  EXPECT_EQ(a.slots(), 5U);
  EXPECT_EQ(a.describe(), "no launcher, in Slurm job 17, requeued 1 time");
}

TEST(Allocation, MpirunInSlurm) {
  // On a node that mpirun reached by srun, the daemon's step is in the environment too.
  const auto a = found(with(job(), {{"OMPI_COMM_WORLD_SIZE", "5"},
                                    {"OMPI_COMM_WORLD_RANK", "4"},
                                    {"OMPI_COMM_WORLD_LOCAL_SIZE", "1"},
                                    {"OMPI_COMM_WORLD_LOCAL_RANK", "0"},
                                    {"PMIX_RANK", "4"},
                                    {"SLURM_STEP_ID", "0"},
                                    {"SLURM_STEP_NODELIST", "node[2-3]"},
                                    {"SLURM_STEP_NUM_TASKS", "2"},
                                    {"SLURM_STEP_TASKS_PER_NODE", "1(x2)"},
                                    {"SLURM_TASKS_PER_NODE", "1(x2)"},
                                    {"SLURM_NTASKS", "2"},
                                    {"SLURM_PROCID", "1"}}));
  EXPECT_EQ(a.by, launcher::mpirun);
  EXPECT_EQ(a.size, 5U);
  EXPECT_EQ(a.rank, 4U);
  EXPECT_EQ(a.describe(), "mpirun in Slurm job 17");
  EXPECT_EQ(a.slurm->nodes.size(), 3U);
  EXPECT_EQ(a.slots(), 0U) << "the environment has the daemons' step only";
}

TEST(Allocation, Srun) {
  const auto step = with(job(), {{"SLURM_STEP_ID", "0"},
                                 {"SLURM_STEP_NUM_TASKS", "5"},
                                 {"SLURM_STEP_TASKS_PER_NODE", "2(x2),1"},
                                 {"SLURM_PROCID", "3"},
                                 {"SLURM_LOCALID", "1"},
                                 {"SLURM_NODEID", "1"}});
  const auto a = found(with(step, {{"PMIX_RANK", "3"}}));
  EXPECT_EQ(a.by, launcher::srun);
  EXPECT_EQ(a.size, 5U);
  EXPECT_EQ(a.rank, 3U);
  EXPECT_EQ(a.local_rank, 1U);
  EXPECT_EQ(a.local_size, 2U);
  EXPECT_EQ(a.describe(), "srun in Slurm job 17");
  EXPECT_EQ(found(step).by, launcher::none) << "without PMIx the tasks know nothing of each other";
}

TEST(Allocation, JobArray) {
  const auto a = found(with(job(), {{"SLURM_ARRAY_JOB_ID", "16"}, {"SLURM_ARRAY_TASK_ID", "3"}}));
  ASSERT_TRUE(a.slurm.has_value());
  EXPECT_EQ(a.slurm->array_job, "16");
  EXPECT_EQ(a.slurm->array_task, 3U);
  EXPECT_EQ(a.describe(), "no launcher, in Slurm job 17 (task 3 of array 16)");
}

TEST(Allocation, OlderNamesAndLessSaid) {
  const auto a = found({{"SLURM_JOBID", "17"}, {"SLURM_NODELIST", "a,b"}});
  ASSERT_TRUE(a.slurm.has_value());
  EXPECT_EQ(a.slurm->nodes, (std::vector<node_share>{{"a", 0, 0}, {"b", 0, 0}}));
  EXPECT_EQ(a.slots(), 0U);
  EXPECT_TRUE(found({{"SLURM_JOB_ID", "17"}}).slurm->nodes.empty());
  EXPECT_FALSE(found({{"SLURM_JOB_ID", ""}}).slurm.has_value());
}

TEST(Allocation, Contradictions) {
  expect_error("fewer numbers than nodes", "SLURM_TASKS_PER_NODE=2 is for 1 nodes, SLURM_JOB_NODELIST names 3", [] {
    (void)found(with(job(), {{"SLURM_TASKS_PER_NODE", "2"}}));
  });
  expect_error("a list that is none", "is not a list of nodes", [] {
    (void)found(with(job(), {{"SLURM_JOB_NODELIST", "node[1-"}}));
  });
  expect_error("no number", "OMPI_COMM_WORLD_SIZE=many", [] { (void)found({{"OMPI_COMM_WORLD_SIZE", "many"}}); });
  expect_error("a rank too many", "rank 7 of 7", [] {
    (void)found({{"OMPI_COMM_WORLD_SIZE", "7"}, {"OMPI_COMM_WORLD_RANK", "7"}});
  });
}

}  // namespace
