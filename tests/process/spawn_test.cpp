// Processes that start others: how many, with what arguments, where, and how both talk and part.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/p2p.hpp>
#include <cohort/process.hpp>

#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::intercommunicator;

constexpr auto child = COHORT_CHILD;

intercommunicator start(const std::vector<std::string>& arguments, int n, cohort::spawn_options options = {}) {
  options.oversubscribe = true;
  return cohort::spawn(world(), child, arguments, n, options);
}
/// Hears on rank 0 what each child tells of itself.
void hear(const intercommunicator& children, const std::vector<std::string>& arguments,
          const std::string& where = {}) {
  if (world().rank() != 0) return;
  for (int r = 0; r != children.remote_size(); ++r) {
    EXPECT_EQ(children.recv<std::vector<std::string>>({.source = r, .tag = 1}), arguments);
    EXPECT_EQ(children.recv<std::vector<int>>({.source = r, .tag = 2}),
              (std::vector<int>{r, children.remote_size(), world().size(), children.remote_size()}));
    const auto directory = children.recv<std::string>({.source = r, .tag = 3});
    if (!where.empty()) {
      EXPECT_EQ(directory, where);
    }
  }
}

void children_get_their_arguments_and_find_their_parents(int n) {
  const std::vector<std::string> arguments{"plain", "two words", "", "-x=\"y\""};
  auto children = start(arguments, n);
  EXPECT_EQ(children.remote_size(), n);
  EXPECT_EQ(children.local_size(), world().size());
  EXPECT_EQ(children.rank(), world().rank());
  hear(children, arguments);
  children.disconnect();
  EXPECT_FALSE(children);
  refused("the communicator is empty", [&] { children.send(1, {.dest = 0}); });
  children.disconnect();  // once more does nothing
}
TEST(spawn, one_child) {
  children_get_their_arguments_and_find_their_parents(1);
}
TEST(spawn, three_children) {
  children_get_their_arguments_and_find_their_parents(3);
}

TEST(spawn, both_sides_send_and_receive) {
  auto children = start({"echo"}, 2, {.root = world().size() - 1, .directory = "/"});
  hear(children, {"echo"}, "/");
  const std::vector<double> mine(20000, world().rank());
  for (int r = 0; r != 2; ++r) {
    auto leaving = children.isend(mine, {.dest = r});
    EXPECT_EQ(children.recv<std::vector<double>>({.source = r, .tag = 4}), mine);
    leaving.wait();
  }
  refused("destination 2 does not exist (the communicator has 2 ranks)", [&] { children.send(1, {.dest = 2}); });
  refused("source 2 does not exist", [&] { (void)children.recv<int>({.source = 2}); });
  children.disconnect();
}

TEST(spawn, merged_they_are_one) {
  const auto children = start({"merge"}, 2);
  hear(children, {"merge"});
  const auto all = children.merge(false);
  EXPECT_EQ(all.size(), world().size() + 2);
  EXPECT_EQ(all.rank(), world().rank());
  EXPECT_EQ(all.allreduce(1, std::plus{}), all.size());
}

TEST(spawn, wrong_arguments) {
  refused("0 processes are not to be started; give 1 or more", [] { (void)cohort::spawn(world(), child, {}, 0); });
  refused("no command (there is nothing to run)", [] { (void)cohort::spawn(world(), "", {}, 1); });
  refused("root -1 does not exist", [] { (void)cohort::spawn(world(), child, {}, 1, {.root = -1}); });
  refused("the communicator is empty", [] { (void)cohort::spawn(cohort::communicator{}, child, {}, 1); });
}

TEST(parent, of_what_mpirun_started_is_nobody) {
  EXPECT_FALSE(cohort::parent());
  EXPECT_EQ(cohort::parent().remote_size(), 0);
}

}  // namespace
