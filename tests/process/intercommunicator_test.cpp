// Intercommunicators between two halves of the world.

#include <cohort/collective/allreduce.hpp>
#include <cohort/p2p.hpp>
#include <cohort/process.hpp>

#include "support/cost.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::intercommunicator;

/// Even and odd ranks of the world, joined; needs two.
struct halves {
  bool odd = world().rank() % 2 == 1;
  cohort::communicator mine = world().split(odd ? 1 : 0);
  intercommunicator both = cohort::make_intercommunicator(mine, 0, world(), odd ? 0 : 1, 7);
  int others = odd ? (world().size() + 1) / 2 : world().size() / 2;
};

TEST(intercommunicator_of_two, knows_both_sides) {
  if (world().size() < 2) GTEST_SKIP();
  const halves half;
  EXPECT_EQ(half.both.rank(), half.mine.rank());
  EXPECT_EQ(half.both.local_size(), half.mine.size());
  EXPECT_EQ(half.both.remote_size(), half.others);
  const intercommunicator copy = half.both;
  EXPECT_TRUE(copy == half.both);
}

TEST(intercommunicator_of_two, messages_go_to_the_other_side) {
  if (world().size() < 2) GTEST_SKIP();
  const halves half;
  std::vector<cohort::request<void>> leaving;
  const std::vector<int> mine(1000, world().rank());
  for (int r = 0; r != half.others; ++r) leaving.push_back(half.both.isend(mine, {.dest = r, .tag = 5}));
  for (int r = 0; r != half.others; ++r) {
    cohort::status info;
    const auto came = half.both.recv<std::vector<int>>({.source = r, .tag = 5}, info);
    EXPECT_EQ(came, std::vector<int>(1000, 2 * r + (half.odd ? 0 : 1)));
    EXPECT_EQ(info.source(), r);
  }
  for (auto& each : leaving) each.wait();
  if (half.mine.rank() == 0) {
    using table = std::map<int, std::string>;
    const table out{{world().rank(), "x"}};
    EXPECT_EQ(half.both.sendrecv<table>(out, {.dest = 0, .source = 0}), (table{{half.odd ? 0 : 1, "x"}}));
  }
}

TEST(intercommunicator_of_two, merges) {
  if (world().size() < 2) GTEST_SKIP();
  const halves half;
  const auto all = half.both.merge(half.odd);
  EXPECT_EQ(all.size(), world().size());
  EXPECT_EQ(all.rank(), half.odd ? half.others + half.mine.rank() : half.mine.rank());
  EXPECT_EQ(all.allreduce(1, std::plus{}), world().size());
}

TEST(intercommunicator_contract, one_call_each) {
  if (world().size() < 2) GTEST_SKIP();
  halves half;
  const int other = half.odd ? 0 : 1;
  intercommunicator both;
  EXPECT_EQ(calls([&] { both = cohort::make_intercommunicator(half.mine, 0, world(), other, 8); }),
            "MPI_Comm_set_errhandler 1, MPI_Intercomm_create 1");
  EXPECT_EQ(calls([&] { (void)both.merge(false); }),
            "MPI_Comm_free 1, MPI_Comm_set_errhandler 1, MPI_Intercomm_merge 1");
  if (half.mine.rank() == 0) {
    EXPECT_EQ(calls([&] { (void)both.sendrecv<int>(1, {.dest = 0, .source = 0}); }), "MPI_Sendrecv 1");
  }
  EXPECT_EQ(calls([&] { both.disconnect(); }), "MPI_Comm_disconnect 1");
}

TEST(intercommunicator_error, wrong_arguments) {
  refused("root -1 does not exist", [] { (void)cohort::make_intercommunicator(world(), -1, world(), 0); });
  const auto size = world().size();
  refused("destination " + std::to_string(size) + " does not exist",
          [&] { (void)cohort::make_intercommunicator(world(), world().rank(), world(), size); });
  refused("tag -1 is out of range",
          [] { (void)cohort::make_intercommunicator(world(), world().rank(), world(), 0, -1); });
  refused("the communicator is empty", [] { (void)intercommunicator{}.merge(true); });
  try {
    (void)intercommunicator{world().native()};
    ADD_FAILURE() << "accepted";
  } catch (const cohort::argument_error& e) {
    EXPECT_NE(std::string{e.what()}.find("made from an MPI communicator of one group"), std::string::npos)
        << e.what();
  }
  if (size < 2) return;
  const halves half;
  refused("destination " + std::to_string(half.others) + " does not exist (the communicator has " +
              std::to_string(half.others) + " ranks)",
          [&] { half.both.send(1, {.dest = half.others}); });
}

}  // namespace
