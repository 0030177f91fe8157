#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using namespace cohort::test;
static_assert(!std::is_copy_constructible_v<cohort::message>);

TEST(probe, tells_what_comes_and_leaves_it) {
  auto leaving = world().isend(random_vector<int>(33, salt(world().rank())), {.dest = next(), .tag = 8});
  const auto info = world().probe({.source = before(), .tag = 8});
  MPI_Status raw;
  MPI_Probe(before(), 8, world(), &raw);
  int n = 0;
  MPI_Get_count(&raw, MPI_INT, &n);
  EXPECT_EQ(info.source(), raw.MPI_SOURCE);
  EXPECT_EQ(info.tag(), raw.MPI_TAG);
  EXPECT_EQ(info.count<int>(), static_cast<std::size_t>(n));
  EXPECT_EQ(info.bytes(), 33 * sizeof(int));
  EXPECT_EQ(world().recv<std::vector<int>>({.source = before(), .tag = 8}), random_vector<int>(33, salt(before())));
}

TEST(probe, iprobe_sees_nothing_then_something) {
  EXPECT_FALSE(world().iprobe({.source = before(), .tag = 5}));
  MPI_Barrier(world());
  auto leaving = world().isend(1.5, {.dest = next(), .tag = 5});
  std::optional<cohort::status> info;
  while (!info) info = world().iprobe({.tag = 5});
  EXPECT_EQ(info->source(), before());
  EXPECT_EQ(info->bytes(), sizeof(double));
  EXPECT_EQ(world().recv<double>({.source = before(), .tag = 5}), 1.5);
}

TEST(probe, mprobe_takes_the_message_out) {
  auto first = world().isend(std::string{"first"}, {.dest = next(), .tag = 1});
  auto second = world().isend(std::string{"second"}, {.dest = next(), .tag = 1});
  auto one = world().mprobe({.source = before(), .tag = 1});
  EXPECT_EQ(world().recv<std::string>({.source = before(), .tag = 1}), "second");
  EXPECT_EQ(one.source(), before());
  EXPECT_EQ(one.tag(), 1);
  EXPECT_EQ(one.info().bytes(), 5U);
  EXPECT_EQ(one.recv<std::string>(), "first");
}

TEST(probe, improbe_takes_it_if_it_is_there) {
  EXPECT_FALSE(world().improbe({.tag = 6}));
  MPI_Barrier(world());
  auto leaving = world().isend(std::map<int, std::string>{{world().rank(), "x"}}, {.dest = next(), .tag = 6});
  std::optional<cohort::message> found;
  while (!found) found = world().improbe({.source = before(), .tag = 6});
  EXPECT_EQ((found->recv<std::map<int, std::string>>()), (std::map<int, std::string>{{before(), "x"}}));
}

TEST(message, receives_into_spans_values_and_containers) {
  const auto send_and_take = [](const auto& what) {
    world().isend(what, {.dest = world().rank(), .tag = 2}).wait();
    return world().mprobe({.source = world().rank(), .tag = 2});
  };
  int value = 0;
  send_and_take(4).recv_into(value);
  EXPECT_EQ(value, 4);
  std::vector<int> grown;
  send_and_take(std::vector{1, 2, 3}).recv_into(grown);
  EXPECT_EQ(grown, (std::vector{1, 2, 3}));
  int room[4] = {0, 0, 0, 9};
  send_and_take(std::vector{1, 2, 3}).recv_into(std::span{room});
  EXPECT_EQ(room[2], 3);
  EXPECT_EQ(room[3], 9);
}

TEST(message, is_received_later) {
  auto leaving = world().isend(random_vector<int>(100'000, salt(world().rank())), {.dest = next(), .tag = 2});
  auto coming = world().mprobe({.source = before(), .tag = 2}).irecv<std::vector<int>>();
  while (!coming.test()) {
  }
  EXPECT_EQ(coming.get(), random_vector<int>(100'000, salt(before())));
  auto one = world().isend(4, {.dest = world().rank(), .tag = 3});
  auto got = world().mprobe({.source = world().rank(), .tag = 3});
  EXPECT_EQ(got.irecv<int>().get(), 4);
  EXPECT_THROW((void)got.irecv<int>(), cohort::argument_error);
  auto two = world().isend(4, {.dest = world().rank(), .tag = 3});
  EXPECT_THROW((void)world().mprobe({.source = world().rank(), .tag = 3}).irecv<double>(), cohort::error);
}

TEST(message, is_received_once) {
  world().isend(4, {.dest = world().rank(), .tag = 2}).wait();
  auto got = world().mprobe({.source = world().rank(), .tag = 2});
  EXPECT_EQ(got.recv<int>(), 4);
  EXPECT_THROW((void)got.recv<int>(), cohort::argument_error);
  world().isend(4, {.dest = world().rank(), .tag = 2}).wait();
  auto other = world().mprobe({.source = world().rank(), .tag = 2});
  auto moved = std::move(other);
  EXPECT_THROW((void)other.recv<int>(), cohort::argument_error);  // NOLINT(bugprone-use-after-move): tested
  EXPECT_EQ(moved.recv<int>(), 4);
}

TEST(message, of_another_length_is_refused_and_thrown_away) {
  world().isend(4, {.dest = world().rank(), .tag = 2}).wait();
  {
    auto got = world().mprobe({.source = world().rank(), .tag = 2});
    EXPECT_THROW((void)got.recv<double>(), cohort::error);
  }
  world().isend(std::string{"abc"}, {.dest = world().rank(), .tag = 2}).wait();
  {
    auto got = world().mprobe({.source = world().rank(), .tag = 2});
    EXPECT_THROW((void)got.recv<std::vector<int>>(), cohort::error);
  }
  world().isend(std::vector{1, 2, 3}, {.dest = world().rank(), .tag = 2}).wait();
  {
    auto got = world().mprobe({.source = world().rank(), .tag = 2});
    int room[2] = {};
    EXPECT_THROW(got.recv_into(std::span{room}), cohort::mpi_error);
  }
  EXPECT_FALSE(world().iprobe({.tag = 2}));
}

TEST(message, unreceived_lets_the_sender_end) {
  for (const std::size_t n : {1U, 1000000U}) {
    auto leaving = world().isend(std::vector<double>(n, 1.0), {.dest = next(), .tag = 9});
    {
      const auto dropped = world().mprobe({.source = before(), .tag = 9});
      EXPECT_EQ(dropped.info().count<double>(), n);
    }
    leaving.wait();
  }
  auto first = world().isend(1, {.dest = world().rank(), .tag = 9});
  auto second = world().isend(2, {.dest = world().rank(), .tag = 9});
  auto kept = world().mprobe({.source = world().rank(), .tag = 9});
  kept = world().mprobe({.source = world().rank(), .tag = 9});  // throws the first away
  EXPECT_EQ(kept.recv<int>(), 2);
  EXPECT_FALSE(world().iprobe({.tag = 9}));
}

}  // namespace
