// Groups that meet at a port, named to each other or found by a published name.

#include <cohort/collective/barrier.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/p2p.hpp>
#include <cohort/process.hpp>

#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace {

using namespace cohort::test;
using cohort::intercommunicator;
using cohort::port;

/// Rank 0 accepts, the others connect.
void greet(intercommunicator& both, bool accepts) {
  EXPECT_EQ(both.local_size(), accepts ? 1 : world().size() - 1);
  EXPECT_EQ(both.remote_size(), accepts ? world().size() - 1 : 1);
  if (accepts) {
    for (int r = 0; r != both.remote_size(); ++r) both.send(100 + r, {.dest = r});
  } else {
    EXPECT_EQ(both.recv<int>({.source = 0}), 100 + both.rank());
  }
  both.disconnect();
  EXPECT_FALSE(both);
}

TEST(port, one_group_accepts_another) {
  if (world().size() < 2) GTEST_SKIP();
  const bool accepts = world().rank() == 0;
  const auto mine = world().split(accepts ? 0 : 1);
  std::optional<port> open;
  if (accepts) open.emplace();
  std::string name = accepts ? open->name() : "";
  world().bcast(name);
  auto both = accepts ? cohort::accept(mine, name) : cohort::connect(mine, mine.rank() == 0 ? name : "");
  greet(both, accepts);
}

TEST(port, is_found_by_its_published_name) {
  if (world().size() < 2) GTEST_SKIP();
  const bool accepts = world().rank() == 0;
  const auto mine = world().split(accepts ? 0 : 1);
  const auto service = "cohort-test-" + std::to_string(seed());
  std::optional<port> open;
  std::optional<cohort::published> here;
  if (accepts) {
    open.emplace();
    here.emplace(*open, service);
  }
  world().barrier();
  const auto name = accepts ? open->name() : cohort::lookup(service);
  auto both = accepts ? cohort::accept(mine, name) : cohort::connect(mine, name);
  greet(both, accepts);
  world().barrier();
  here.reset();
  world().barrier();
  EXPECT_THROW((void)cohort::lookup(service), cohort::mpi_error);
}

TEST(port, moves) {
  port first;
  const auto name = first.name();
  EXPECT_FALSE(name.empty());
  port second = std::move(first);
  EXPECT_EQ(second.name(), name);
  EXPECT_TRUE(first.name().empty());  // NOLINT(bugprone-use-after-move)
  second = port{};
  EXPECT_NE(second.name(), name);
}

TEST(port_error, wrong_arguments) {
  refused("the name of the service has 0 characters", [] { (void)cohort::lookup(""); });
  refused("the name of the service has 5000 characters", [] { (void)cohort::lookup(std::string(5000, 'x')); });
  const cohort::rooted here{world().rank()};
  refused("the name of the port has 0 characters", [&] { (void)cohort::accept(world(), "", here); });
  refused("the name of the port has 0 characters", [&] { (void)cohort::connect(world(), "", here); });
  refused("root -1 does not exist", [] { (void)cohort::accept(world(), "x", {-1}); });
  try {
    (void)cohort::lookup("nobody-publishes-this");
    ADD_FAILURE() << "found";
  } catch (const cohort::mpi_error& e) {
    EXPECT_EQ(e.error_class(), MPI_ERR_NAME) << e.what();
  }
}

}  // namespace
