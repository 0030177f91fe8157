#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;

TEST(wildcards, any_source_and_any_tag_tell_what_came) {
  if (world().rank() == 0) {
    std::vector<int> heard(static_cast<std::size_t>(world().size()), 0);
    auto mine = world().isend(0, {.dest = 0, .tag = 100});
    for (int i = 0; i != world().size(); ++i) {
      cohort::status info;
      const int value = world().recv<int>({}, info);
      EXPECT_EQ(value, info.source() * 11);
      EXPECT_EQ(info.tag(), 100 + info.source());
      ++heard[static_cast<std::size_t>(info.source())];
    }
    EXPECT_EQ(heard, std::vector(heard.size(), 1));
  } else {
    world().send(world().rank() * 11, {.dest = 0, .tag = 100 + world().rank()});
  }
}

TEST(wildcards, tags_choose_among_messages) {
  auto a = world().isend(1, {.dest = next(), .tag = 1});
  auto b = world().isend(2, {.dest = next(), .tag = 2});
  auto c = world().isend(3, {.dest = next(), .tag = 1});
  EXPECT_EQ(world().recv<int>({.source = before(), .tag = 2}), 2);
  EXPECT_EQ(world().recv<int>({.source = before(), .tag = 1}), 1);
  EXPECT_EQ(world().recv<int>({.source = before(), .tag = 1}), 3);
}

TEST(wildcards, containers_of_any_length_from_anybody_do_not_mix) {
  // Every rank sends two messages of different lengths under one tag; they come whole and in order.
  auto first = world().isend(std::vector<int>(static_cast<std::size_t>(world().rank()), 1), {.dest = 0, .tag = 1});
  auto second =
      world().isend(std::vector<int>(static_cast<std::size_t>(world().rank()) + 3000, 2), {.dest = 0, .tag = 1});
  if (world().rank() == 0) {
    std::map<int, int> seen;
    for (int i = 0; i != 2 * world().size(); ++i) {
      cohort::status info;
      const auto got = world().recv<std::vector<int>>({.tag = 1}, info);
      const int turn = seen[info.source()]++;
      EXPECT_EQ(got,
                std::vector<int>(static_cast<std::size_t>(info.source()) + (turn == 0 ? 0U : 3000U), turn + 1));
    }
  }
}

TEST(wildcards, largest_tag) {
  auto leaving = world().isend(1, {.dest = next(), .tag = 2147483647});
  EXPECT_EQ(world().recv<int>({.source = before(), .tag = 2147483647}), 1);
}

TEST(nobody, takes_everything_and_gives_nothing) {
  using cohort::proc_null;
  world().send(1, {.dest = proc_null});
  world().send(std::string{"text"}, {.dest = proc_null});
  world().send(std::map<int, int>{{1, 2}}, {.dest = proc_null});
  world().isend(std::vector{1, 2}, {.dest = proc_null}).wait();
  cohort::status info;
  EXPECT_EQ(world().recv<int>({.source = proc_null}, info), 0);
  EXPECT_EQ(info.source(), proc_null);
  EXPECT_EQ(info.bytes(), 0U);
  EXPECT_TRUE(world().recv<std::vector<int>>({.source = proc_null}).empty());
  EXPECT_TRUE((world().recv<std::map<int, int>>({.source = proc_null}).empty()));
  EXPECT_EQ(world().mprobe({.source = proc_null}).recv<int>(), 0);
}

}  // namespace
