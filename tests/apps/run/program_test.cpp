#include "run/program.hpp"

#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace {

using cohort_run::cannot_start;
using cohort_run::has_ranks_here;

std::string make(const std::filesystem::path& file, bool executable) {
  std::ofstream{file} << "#!/bin/sh\n";
  using std::filesystem::perms;
  std::filesystem::permissions(file, executable ? perms::owner_all : perms::owner_read);
  return file.string();
}

TEST(RunProgram, IsAFileThatMayBeExecuted) {
  const cohort::test::scratch folder;
  EXPECT_EQ(cannot_start(make(folder / "good", true), {}), std::nullopt);
  EXPECT_EQ(cannot_start(make(folder / "text", false), {}), "Permission denied");
  EXPECT_EQ(cannot_start(folder / "none", {}), "No such file or directory");
  EXPECT_EQ(cannot_start(folder.path() + "/", {}), "Is a directory");
}

TEST(RunProgram, IsLookedForInPath) {
  const cohort::test::scratch folder;
  std::filesystem::create_directory(folder / "one");
  std::filesystem::create_directory(folder / "two");
  (void)make(folder / "one/prog", false);
  (void)make(folder / "two/prog", true);
  const auto one = folder / "one";
  const auto two = folder / "two";
  EXPECT_EQ(cannot_start("prog", one + ":" + two), std::nullopt) << "one that may not be executed is passed over";
  EXPECT_EQ(cannot_start("prog", two + "::/nowhere"), std::nullopt);
  EXPECT_EQ(cannot_start("prog", one), "no executable file of this name is in PATH");
  EXPECT_EQ(cannot_start("prog", ""), "no executable file of this name is in PATH");
  EXPECT_EQ(cannot_start("sh", std::nullopt), std::nullopt);
}

TEST(RunProgram, IsNeededWhereRanksRun) {
  cohort_run::situation here;
  here.this_host = "node1";
  here.environment = [](const char*) { return std::nullopt; };
  cohort_run::options how;
  EXPECT_TRUE(has_ranks_here(how, here));

  here.given.slurm.emplace();
  here.given.slurm->nodes = {{"node2", 2, 2}};
  EXPECT_FALSE(has_ranks_here(how, here)) << "from a login node";
  here.given.slurm->nodes.push_back({"node1", 2, 2});
  EXPECT_TRUE(has_ranks_here(how, here));

  how.hosts = "node2,node3";
  here.hosts = cohort::cluster::parse_host_list(how.hosts);
  EXPECT_FALSE(has_ranks_here(how, here));
  how.hosts = "node2,node1:4";
  here.hosts = cohort::cluster::parse_host_list(how.hosts);
  EXPECT_TRUE(has_ranks_here(how, here));
}

TEST(RunProgram, IsMpirunsAffairWhereItHasHostsOfItsOwn) {
  cohort_run::situation here;
  here.this_host = "node1";
  here.environment = [](const char*) { return std::optional<std::string>{"/etc/hosts.mpi"}; };
  EXPECT_FALSE(has_ranks_here({}, here));
}

}  // namespace
