// The examples of docs/cluster.md.
#include <cohort/cluster.hpp>
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using cohort::test::world;

/// What a piece of code writes to std::cout or std::cerr.
std::string written(std::ostream& where, const std::function<void()>& by) {
  std::ostringstream text;
  auto* const before = where.rdbuf(text.rdbuf());
  by();
  where.rdbuf(before);
  return text.str();
}

void print_hosts(const std::string& path) {
  // example: hostfile
  try {
    for (const auto& host : cohort::cluster::read_hostfile(path).hosts) {
      if (host.slots) std::cout << host.name << " takes " << *host.slots << " ranks\n";  // else its cores
    }
  } catch (const cohort::cluster::hostfile_error& e) {  // e.line() is 2
    std::cerr << e.what() << '\n';                      // my-hosts:2: slots=two (a number is needed); write slots=8
  }
  // end
}

TEST(docs_cluster, hostfile) {
  if (world().rank() == 0) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("cohort_docs_cluster" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    const auto path = folder / "my-hosts";
    std::ofstream{path} << "node1 slots=8\nnode2.cluster slots=4 # old\nnode3\n";
    EXPECT_EQ(written(std::cout, [&] { print_hosts(path); }), "node1 takes 8 ranks\nnode2 takes 4 ranks\n");
    std::ofstream{path} << "node1 slots=8\nnode2 slots=two\n";
    EXPECT_EQ(written(std::cerr, [&] { print_hosts(path); }),
              path.string() + ":2: slots=two (a number is needed); write slots=8\n");
    try {
      (void)cohort::cluster::read_hostfile(path);
      ADD_FAILURE() << "it was read";
    } catch (const cohort::cluster::hostfile_error& e) {
      EXPECT_EQ(e.line(), 2U);
    }
    std::filesystem::remove_all(folder);
  }
}

TEST(docs_cluster, allocation) {
  const auto said = written(std::cout, [] {
    // example: allocation
    const auto given = cohort::cluster::find_allocation();  // needs no MPI
    if (given.rank == 0) std::cout << given.describe() << ", ranks: " << given.size << '\n';
    if (given.slurm && given.slurm->restarts > 0) std::cout << "resuming from the checkpoint\n";
    // end
  });
  const bool root = world().rank() == 0;
  EXPECT_EQ(said.find("mpirun"), root ? 0 : std::string::npos) << said;
  EXPECT_EQ(said.find(", ranks: " + std::to_string(world().size()) + "\n") != std::string::npos, root) << said;
}

// example: job_end
/// Collective. Is the Slurm job nearly over? Never without a job, or without a time limit.
bool nearly_over(const cohort::communicator& comm, std::optional<std::chrono::system_clock::time_point> end) {
  return comm.bcast(end && std::chrono::system_clock::now() + 5min > *end);  // what rank 0 says
}
// end

TEST(docs_cluster, job_end) {
  auto given = cohort::cluster::find_allocation();
  given.slurm.emplace().id = "17";  // ends in a minute
  ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + 60).c_str(), 1);
  int steps = 0;
  // example: steps
  std::optional<std::chrono::system_clock::time_point> end;
  if (world().rank() == 0) end = cohort::cluster::job_end(given);  // one rank asks Slurm, once
  for (int step = 0; step != 1000 && !nearly_over(world(), end); ++step) {
    ++steps;  // computes
  }
  // end
  EXPECT_EQ(steps, 0);
  ::unsetenv("SLURM_JOB_END_TIME");
  EXPECT_FALSE(nearly_over(world(), std::nullopt));
  EXPECT_FALSE(nearly_over(world(), std::chrono::system_clock::now() + 1h));
}

TEST(docs_cluster, placement) {
  const double mine = world().rank() + 1.0;
  // example: placement
  const cohort::placement nodes{world()};                                 // collective
  auto sum = nodes.on_node().reduce(mine, std::plus{});                   // through memory; empty but on the leader
  if (nodes.leads()) sum = nodes.leaders().allreduce(*sum, std::plus{});  // one message per node
  const double total = nodes.on_node().bcast(sum.value_or(0));
  if (world().rank() == 0) {
    for (int n = 0; n != nodes.nodes(); ++n) {
      std::cout << nodes.name(n) << ": " << nodes.ranks(n).size() << " ranks, led by " << nodes.leader(n) << '\n';
    }
  }
  // end
  EXPECT_EQ(total, world().size() * (world().size() + 1) / 2.0);
}

}  // namespace
