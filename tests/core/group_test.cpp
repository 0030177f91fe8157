// Groups against the same sets computed by hand, and communicators made of them.

#include <cohort/collective/allreduce.hpp>
#include <cohort/core/group.hpp>

#include "support/pmpi_counter.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::group;

std::vector<int> every(int step, int first = 0) {
  std::vector<int> result;
  for (int r = first; r < world().size(); r += step) result.push_back(r);
  return result;
}
/// The ranks in the world of a group's members, in the group's order.
std::vector<int> members(const group& of) {
  std::vector<int> all(static_cast<std::size_t>(of.size()));
  std::iota(all.begin(), all.end(), 0);
  std::vector<int> result;
  for (const auto& each : of.translate(all, group{world()})) result.push_back(each.value_or(-1));
  return result;
}

TEST(group_set, size_rank_and_order) {
  const group all{world()};
  EXPECT_EQ(all.size(), world().size());
  EXPECT_EQ(all.rank(), world().rank());
  auto backwards = every(1);
  std::reverse(backwards.begin(), backwards.end());
  const auto reversed = all.include(backwards);
  EXPECT_EQ(reversed.rank(), world().size() - 1 - world().rank());
  EXPECT_EQ(members(reversed), backwards);
  EXPECT_TRUE(reversed.similar(all));
  EXPECT_EQ(reversed == all, world().size() == 1);
  const auto first = all.include(std::vector{0});
  EXPECT_EQ(first.rank(), world().rank() == 0 ? std::optional{0} : std::nullopt);
  EXPECT_EQ(members(all.exclude(std::vector{0})), every(1, 1));
  EXPECT_EQ(first.similar(all), world().size() == 1);
}

TEST(group_set, union_intersection_difference) {
  const group all{world()};
  const auto twos = all.include(every(2));
  const auto threes = all.include(every(3));
  std::vector<int> either = every(2), both, left;
  for (const int r : every(3)) {
    if (r % 2 != 0) either.push_back(r);
  }
  for (const int r : every(2)) (r % 3 == 0 ? both : left).push_back(r);
  EXPECT_EQ(members(twos | threes), either);
  EXPECT_EQ(members(twos & threes), both);
  EXPECT_EQ(members(twos - threes), left);
  EXPECT_EQ((all - all), group{});
  EXPECT_TRUE((all - all).empty());
  EXPECT_EQ(group{} | twos, twos);
}

TEST(group_set, translates_ranks) {
  const group all{world()};
  const auto twos = all.include(every(2));
  const auto there = all.translate(every(1), twos);
  for (int r = 0; r != world().size(); ++r) {
    EXPECT_EQ(there[static_cast<std::size_t>(r)], r % 2 == 0 ? std::optional{r / 2} : std::nullopt);
  }
  EXPECT_EQ(all.translate(every(1), group{}), std::vector<std::optional<int>>(there.size()));
}

TEST(group_set, may_outlive_its_communicator_and_be_copied) {
  group kept;
  {
    const auto lane = world().duplicate();
    kept = group{lane};
  }
  const auto copy = kept;
  kept = group{};
  EXPECT_EQ(copy.size(), world().size());
  EXPECT_FALSE(kept.rank().has_value());
}

TEST(group_communicator, of_members) {
  const auto twos = group{world()}.include(every(2));
  const bool member = world().rank() % 2 == 0;
  const auto n = static_cast<int>(every(2).size());
  const auto made = cohort::comm_create(world(), twos);
  EXPECT_EQ(static_cast<bool>(made), member);
  if (!member) return;
  EXPECT_EQ(made.rank(), world().rank() / 2);
  EXPECT_EQ(made.allreduce(1, std::plus{}), n);
  const call_counter counter;
  const auto alone = cohort::comm_create_group(world(), twos, 3);
  EXPECT_EQ(counter.count("MPI_Comm_create_group"), 1);
  EXPECT_EQ(alone.allreduce(1, std::plus{}), n);
}

TEST(group_error, wrong_ranks) {
  const group all{world()};
  const auto size = std::to_string(world().size());
  refused("rank " + size + " does not exist (the group has " + size + " ranks)",
          [&] { (void)all.include(std::vector{world().size()}); });
  refused("rank -1 does not exist", [&] { (void)all.exclude(std::vector{-1}); });
  refused("rank 0 is named twice (a group is a set); name each once", [&] {
    (void)all.include(std::vector{0, 0});
  });
  refused("rank 0 does not exist (the group has 0 ranks); it is empty",
          [&] { (void)group{}.translate(std::vector{0}, all); });
  refused("the communicator is empty", [&] { (void)group{cohort::communicator{}}; });
  if (world().size() > 1) {
    const auto part = world().split(world().rank() == 0 ? 0 : 1);
    refused(" members of the group are not ranks of the communicator; leave them out",
            [&] { (void)cohort::comm_create(part, all); });
  }
  if (world().rank() != 0) {
    refused("is not in the group", [&] { (void)cohort::comm_create_group(world(), all.include(std::vector{0})); });
  }
}

}  // namespace
