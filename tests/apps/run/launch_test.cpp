// What cohort-run starts, where.

#include "run/launch.hpp"

#include "run/errors.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace cohort_run;
using words = std::vector<std::string>;

/// A workstation of four cores with two threads each.
class Launch : public testing::Test {
 protected:
  Launch() {
    how.command = {"./app", "x"};
    where.cores.cpus = {0, 1, 2, 3, 4, 5, 6, 7};
    where.cores.online = 8;
    where.cores.physical = 4;
    where.this_host = "me";
    where.environment = [this](const char* name) -> std::optional<std::string> {
      const auto at = set.find(name);
      return at == set.end() ? std::nullopt : std::optional{at->second};
    };
  }

  [[nodiscard]] launch plan() {
    where.variables.clear();
    for (const auto& [name, value] : set) where.variables.push_back(name);
    return plan_launch(how, where);
  }
  [[nodiscard]] words arguments() { return plan().arguments; }
  [[nodiscard]] std::optional<std::string> added(const std::string& name) {
    for (const auto& [each, value] : plan().environment) {
      if (each == name) return value;
    }
    return std::nullopt;
  }
  void in_slurm(unsigned tasks) {
    where.given.slurm.emplace();
    where.given.slurm->id = "17";
    where.given.slurm->nodes = {{"node1", tasks, 4}, {"node2", tasks, 4}};
  }

  options how;
  situation where;
  std::map<std::string, std::string> set;
};

TEST_F(Launch, OnAWorkstation) {
  EXPECT_EQ(arguments(), (words{"mpirun", "./app", "x"}));
  how.ranks = 4;
  EXPECT_EQ(arguments(), (words{"mpirun", "-n", "4", "./app", "x"}));
  EXPECT_FALSE(added("OMPI_MCA_mpi_yield_when_idle").has_value());
  how.ranks = 5;  // mpirun counts cores, not their threads
  EXPECT_EQ(arguments(), (words{"mpirun", "--oversubscribe", "-n", "5", "./app", "x"}));
  EXPECT_FALSE(added("OMPI_MCA_mpi_yield_when_idle").has_value());
  how.ranks = 9;
  EXPECT_EQ(added("OMPI_MCA_mpi_yield_when_idle"), "1");
  EXPECT_EQ(added("OMPI_MCA_hwloc_base_binding_policy"), "none");
  EXPECT_FALSE(added("OMPI_ALLOW_RUN_AS_ROOT").has_value());
  EXPECT_FALSE(added("PMIX_MCA_gds").has_value());
  EXPECT_FALSE(plan().elsewhere);
}

TEST_F(Launch, AQuotaMakesRanksTakeTurns) {
  where.cores.quota = 1.5;
  how.ranks = 2;
  EXPECT_EQ(added("OMPI_MCA_mpi_yield_when_idle"), "1");
  EXPECT_EQ(arguments(), (words{"mpirun", "-n", "2", "./app", "x"}));
}

TEST_F(Launch, AsRoot) {
  where.root = true;
  EXPECT_EQ(added("OMPI_ALLOW_RUN_AS_ROOT"), "1");
  EXPECT_EQ(added("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"), "1");
}

TEST_F(Launch, WhatTheUserHasSetStays) {
  where.root = true;
  how.ranks = 20;
  how.fault_tolerant = true;
  set = {{"OMPI_ALLOW_RUN_AS_ROOT", "0"},
         {"OMPI_MCA_hwloc_base_binding_policy", "core"},
         {"OMPI_MCA_mpi_yield_when_idle", "0"},
         {"OMPI_MCA_plm_rsh_agent", "/my/rsh"}};
  for (const auto& [name, value] : set) EXPECT_FALSE(added(name).has_value()) << name;
  how.bind = options::binding::socket;  // said here and now, that counts more
  EXPECT_EQ(added("OMPI_MCA_hwloc_base_binding_policy"), "socket");
}

TEST_F(Launch, OnHosts) {
  how.hostfile = "my hosts";
  where.hosts = cohort::cluster::parse_hostfile("a slots=2\nb slots=2\n", "hosts");
  EXPECT_EQ(arguments(), (words{"mpirun", "--hostfile", "my hosts", "-x", "COHORT_VERDICT", "./app", "x"}));
  how.ranks = 4;
  EXPECT_EQ(arguments(),
            (words{"mpirun", "--hostfile", "my hosts", "-n", "4", "-x", "COHORT_VERDICT", "./app", "x"}));
  how.ranks = 5;
  EXPECT_EQ(arguments()[3], "--oversubscribe");
  where.hosts = cohort::cluster::parse_hostfile("a slots=2\nb\n", "hosts");
  how.ranks = 3;  // nobody knows how many b takes
  EXPECT_EQ(arguments()[3], "--oversubscribe");
  EXPECT_TRUE(plan().elsewhere);
}

TEST_F(Launch, AHostfileMayPromiseMoreThanThisHostHas) {
  how.hostfile = "hosts";
  where.hosts = cohort::cluster::parse_hostfile("me slots=16\n", "hosts");
  EXPECT_EQ(added("OMPI_MCA_mpi_yield_when_idle"), "1");
  how.ranks = 8;
  EXPECT_FALSE(added("OMPI_MCA_mpi_yield_when_idle").has_value());
}

TEST_F(Launch, OnAListOfHosts) {
  how.hosts = "a:2,b";
  where.hosts = cohort::cluster::parse_host_list(how.hosts);
  how.ranks = 4;
  EXPECT_EQ(arguments(), (words{"mpirun", "--host", "a:2,b", "--oversubscribe", "-n", "4", "-x", "COHORT_VERDICT",
                                "./app", "x"}));
}

TEST_F(Launch, InSlurm) {
  in_slurm(2);
  EXPECT_EQ(arguments(), (words{"mpirun", "-x", "COHORT_VERDICT", "-x", "PMIX_MCA_gds", "./app", "x"}));
  EXPECT_EQ(added("PMIX_MCA_gds"), "hash");
  how.ranks = 4;
  EXPECT_EQ(arguments()[1], "-n");
  how.ranks = 5;
  EXPECT_EQ(arguments()[1], "--oversubscribe");
  where.hosts.relative = {"+n1"};
  how.hosts = "+n1";
  EXPECT_EQ(arguments()[1], "--host");
}

TEST_F(Launch, FaultTolerant) {
  how.fault_tolerant = true;
  EXPECT_EQ(arguments(), (words{"mpirun", "--enable-recovery", "./app", "x"}));
  EXPECT_EQ(added("OMPI_MCA_plm_rsh_agent").value_or("").substr(0, 7), "ssh -f ");
  EXPECT_EQ(added("COHORT_FAULT_TOLERANT"), "1");
  how.hosts = "a";
  where.hosts = cohort::cluster::parse_host_list("a");
  EXPECT_EQ(arguments(), (words{"mpirun", "--enable-recovery", "--host", "a", "-x", "COHORT_FAULT_TOLERANT", "-x",
                                "COHORT_VERDICT", "./app", "x"}));
  set = {{"COHORT_FAULT_TOLERANT", "0"}};  // what is said here and now counts more
  EXPECT_EQ(added("COHORT_FAULT_TOLERANT"), "1");
  how.fault_tolerant = false;
  EXPECT_FALSE(added("COHORT_FAULT_TOLERANT").has_value());
}

TEST_F(Launch, OurVariablesGoToOtherHosts) {
  set = {{"COHORT_SCHEDULE", "guided"}, {"COHORT_MASTERS", "2"}, {"HOME", "/root"}};
  EXPECT_EQ(arguments(), (words{"mpirun", "./app", "x"}));
  how.hosts = "a";
  where.hosts = cohort::cluster::parse_host_list("a");
  how.exported = {"COHORT_MASTERS=1", "OMP_NUM_THREADS"};
  EXPECT_EQ(arguments(), (words{"mpirun", "--host", "a", "-x", "COHORT_SCHEDULE", "-x", "COHORT_VERDICT", "-x",
                                "COHORT_MASTERS=1", "-x", "OMP_NUM_THREADS", "./app", "x"}));
}

TEST_F(Launch, AProgramInThePathIsFoundOnOtherHosts) {
  set = {{"PATH", "/my/programs:/bin"}};
  how.command = {"app"};
  EXPECT_EQ(arguments(), (words{"mpirun", "app"}));
  how.hosts = "a";
  where.hosts = cohort::cluster::parse_host_list("a");
  EXPECT_EQ(arguments(), (words{"mpirun", "--host", "a", "-x", "COHORT_VERDICT", "-x", "PATH", "app"}));
  how.exported = {"PATH=/bin"};
  EXPECT_EQ(arguments(), (words{"mpirun", "--host", "a", "-x", "COHORT_VERDICT", "-x", "PATH=/bin", "app"}));
  how.exported.clear();
  how.command = {"./app"};
  EXPECT_EQ(arguments(), (words{"mpirun", "--host", "a", "-x", "COHORT_VERDICT", "./app"}));
  how.command = {"app"};
  how.hosts.clear();
  where.hosts = {};
  in_slurm(2);  // takes the whole environment along
  EXPECT_EQ(arguments(), (words{"mpirun", "-x", "COHORT_VERDICT", "-x", "PMIX_MCA_gds", "app"}));
}

TEST_F(Launch, HostsThatAreConfiguredElsewhere) {
  set = {{"OMPI_MCA_orte_default_hostfile", "/etc/hosts.mpi"}};
  how.ranks = 2;
  EXPECT_EQ(arguments(), (words{"mpirun", "--oversubscribe", "-n", "2", "-x", "COHORT_VERDICT", "./app", "x"}));
}

TEST_F(Launch, WhatCannotBeStarted) {
  const auto expect = [this](const std::string& part) {
    try {
      (void)plan();
      ADD_FAILURE() << part;
    } catch (const run_error& e) {
      EXPECT_NE(std::string{e.what()}.find(part), std::string::npos) << e.what();
    }
  };
  where.given.by = cohort::cluster::launcher::mpirun;
  expect("this is a rank of mpirun already");
  where.given.by = cohort::cluster::launcher::none;
  where.hosts.relative = {"+n1"};
  expect("+n1 means a host of an allocation");
  where.hosts.relative.clear();
  how.hostfile = "hosts";
  expect("hosts names no host");
}

TEST_F(Launch, HostsThatSlurmHasNotGiven) {
  const auto refused = [this] {
    try {
      (void)plan();
      return std::string{};
    } catch (const run_error& e) {
      return std::string{e.what()};
    }
  };
  in_slurm(2);
  how.hostfile = "hosts";
  where.hosts.hosts = {{.name = "node2", .slots = 2}, {.name = "me", .slots = 2}};
  EXPECT_EQ(refused(), "");
  how.ranks = 3;
  EXPECT_EQ(arguments()[3], "--oversubscribe") << "Slurm may have given fewer slots than the file says";
  where.hosts.hosts.push_back({.name = "node3", .slots = 2});
  EXPECT_NE(refused().find("node3 of hosts is not in Slurm job 17"), std::string::npos) << refused();
  where.hosts.hosts = {{.name = "10.0.0.1", .slots = 2}};
  where.given.slurm->nodes = {{"10.0.0.2", 2, 4}};
  EXPECT_NE(refused().find("10.0.0.1 of hosts"), std::string::npos) << "an address is no name with a domain";
}

TEST_F(Launch, OneOfManyTasksOfSrun) {
  in_slurm(2);
  set = {{"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}};
  EXPECT_NO_THROW((void)plan());
  set["SLURM_STEP_NUM_TASKS"] = "4";
  EXPECT_THROW((void)plan(), run_error);
}

TEST(LaunchText, IsALineForAShell) {
  launch what;
  what.arguments = {"mpirun", "-n", "2", "./my app", "it's", "", "a;b", "$x"};
  what.environment = {{"A", "1"}, {"B", "ssh -f"}};
  EXPECT_EQ(what.text(), "A=1 B='ssh -f' mpirun -n 2 './my app' 'it'\\''s' '' 'a;b' '$x'");
}

TEST_F(Launch, WhatMpirunMakesOfTheOutputStays) {
  EXPECT_FALSE(plan().relayed);
  set["OMPI_MCA_orte_tag_output"] = "0";
  EXPECT_FALSE(plan().relayed);
  set["OMPI_MCA_orte_tag_output"] = "1";
  EXPECT_TRUE(plan().relayed);
}

}  // namespace
