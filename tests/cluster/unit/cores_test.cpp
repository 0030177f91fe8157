// Cores: lists of CPUs, and what Linux says of this process.

#include <cohort/cluster/cores.hpp>

#include "cluster_test_support.hpp"

#include <gtest/gtest.h>

#include <sched.h>
#include <string>
#include <vector>

namespace {

using namespace cluster_test;
using namespace cohort::cluster;
using numbers = std::vector<unsigned>;

TEST(CpuList, BothWays) {
  EXPECT_EQ(expand_cpu_list(""), numbers{});
  EXPECT_EQ(expand_cpu_list("0-2,7\n"), (numbers{0, 1, 2, 7}));
  EXPECT_EQ(expand_cpu_list("7,0-2,1"), (numbers{0, 1, 2, 7}));
  EXPECT_EQ(compress_cpu_list({0, 1, 2, 7, 9, 10}), "0-2,7,9-10");
  EXPECT_EQ(compress_cpu_list({}), "");
  for (const auto* wrong : {"a", "-1", "3-1", "0-99999999", "1;2"}) {
    expect_error(wrong, "is not a list of CPUs", [&] { (void)expand_cpu_list(wrong); });
  }
}

TEST(Cores, OfThisProcess) {
  cpu_set_t own;
  ASSERT_EQ(::sched_getaffinity(0, sizeof own, &own), 0);
  const auto found = find_cores();
  EXPECT_EQ(found.cpus.size(), static_cast<std::size_t>(CPU_COUNT(&own)));
  for (const auto cpu : found.cpus) EXPECT_TRUE(CPU_ISSET(cpu, &own)) << cpu;
  EXPECT_GE(found.online, found.cpus.size());
  EXPECT_GE(found.usable(), 1U);
  EXPECT_LE(found.usable(), found.cpus.size());
}

TEST(Cores, BoundAndLimited) {
  const scratch root;
  root.write("proc/self/status", "Name:\tapp\nCpus_allowed:\tf0\nCpus_allowed_list:\t4-7\nMems_allowed:\t1\n");
  root.write("proc/self/cgroup", "0::/jobs/17\n");
  root.write("sys/devices/system/cpu/online", "0-15\n");
  auto found = find_cores(root.path());
  EXPECT_EQ(found.cpus, (numbers{4, 5, 6, 7}));
  EXPECT_EQ(found.online, 16U);
  EXPECT_TRUE(found.bound());
  EXPECT_FALSE(found.quota.has_value());
  EXPECT_EQ(found.usable(), 4U);

  EXPECT_EQ(found.physical, 4U);
  for (const auto* cpu : {"4", "5", "6", "7"}) {
    root.write("sys/devices/system/cpu/cpu" + std::string{cpu} + "/topology/thread_siblings_list",
               *cpu < '6' ? "4-5\n" : "6-7\n");
  }
  EXPECT_EQ(find_cores(root.path()).physical, 2U);

  root.write("sys/fs/cgroup/jobs/17/cpu.max", "max 100000\n");
  root.write("sys/fs/cgroup/jobs/cpu.max", "250000 100000\n");
  root.write("sys/fs/cgroup/cpu.max", "800000 100000\n");
  found = find_cores(root.path());
  EXPECT_EQ(found.quota, 2.5);
  EXPECT_EQ(found.usable(), 2U);
  root.write("sys/fs/cgroup/jobs/17/cpu.max", "10000 100000\n");
  EXPECT_EQ(find_cores(root.path()).usable(), 1U);
}

TEST(Cores, NothingToRead) {
  const scratch root;
  const auto found = find_cores(root.path());
  EXPECT_TRUE(found.cpus.empty());
  EXPECT_EQ(found.online, 0U);
  EXPECT_EQ(found.usable(), 1U);
  EXPECT_FALSE(found.bound());
  root.write("proc/self/status", "Cpus_allowed_list:\tnonsense\n");
  root.write("proc/self/cgroup", "nonsense");
  EXPECT_TRUE(find_cores(root.path()).cpus.empty());
}

}  // namespace
