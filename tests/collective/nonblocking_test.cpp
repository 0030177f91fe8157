// The non-blocking collectives that move data, against the blocking ones.

#include <cohort/collective.hpp>

#include "cases.hpp"
#include "support/cost.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;
using cohort::request;

TEST(ibarrier, completes_when_all_have_come) {
  auto here = world().ibarrier();
  here.wait();
  EXPECT_FALSE(here.active());
  EXPECT_TRUE(here.test());
}

template <class T>
class nonblocking : public testing::Test {};
using elements = testing::Types<char, double, particle>;
TYPED_TEST_SUITE(nonblocking, elements);

TYPED_TEST(nonblocking, blocks_are_those_of_the_blocking_forms) {
  using blocks = buffer<TypeParam>;
  for (const auto n : lengths) {
    const auto mine = share<TypeParam>(world().rank(), n);
    const auto all = world().allgather(mine);
    blocks gathered_all(all.size());
    auto into_all = world().iallgather_into(mine, gathered_all);
    auto own_all = world().iallgather(mine);
    static_assert(std::is_same_v<decltype(own_all), request<blocks>>);
    blocks exchanged(all.size());
    auto into_exchanged = world().ialltoall_into(all, exchanged);
    auto own_exchanged = world().ialltoall(all);
    into_all.wait();
    EXPECT_EQ(gathered_all, all) << n;
    EXPECT_EQ(own_all.get(), all) << n;
    into_exchanged.wait();
    EXPECT_EQ(exchanged, world().alltoall(all)) << n;
    EXPECT_EQ(own_exchanged.get(), exchanged) << n;
    for_each_root([&](int root) {
      const cohort::rooted at{root};
      const bool here = world().rank() == root;
      blocks sent = here ? mine : blocks(n);
      auto broadcast = world().ibcast(sent, at);
      static_assert(std::is_same_v<decltype(broadcast), request<void>>);
      auto own_broadcast = world().ibcast(here ? mine : blocks(n), at);
      static_assert(std::is_same_v<decltype(own_broadcast), request<blocks>>);
      blocks gathered(here ? all.size() : 0);
      auto gathering = world().igather_into(mine, gathered, at);
      blocks dealt(n);
      auto dealing = world().iscatter_into(all, dealt, at);
      dealing.wait();
      EXPECT_EQ(dealt, mine) << n;
      gathering.wait();
      EXPECT_EQ(gathered, here ? all : blocks{}) << n;
      const auto roots = share<TypeParam>(root, n);
      EXPECT_EQ(own_broadcast.get(), roots) << n;
      broadcast.wait();
      EXPECT_EQ(sent, roots) << n;
    });
  }
}

TYPED_TEST(nonblocking, uneven_blocks_are_those_of_the_blocking_forms) {
  using blocks = buffer<TypeParam>;
  for (const auto n : lengths) {
    const auto mine = share<TypeParam>(world().rank(), uneven(world().rank(), n));
    const auto all = world().allgatherv(mine);
    // The counts may go at once: the request keeps its own.
    const auto counts = [&] { return std::make_unique<std::vector<std::size_t>>(all.counts); };
    auto given = counts();
    blocks gathered_all(all.values.size());
    auto gathering_all = world().iallgatherv_into(mine, gathered_all, *given);
    given = counts();
    gathering_all.wait();
    EXPECT_EQ(gathered_all, all.values) << n;

    const auto row = world().alltoallv(all.values, all.counts);
    blocks exchanged(row.values.size());
    auto receive = std::make_unique<std::vector<std::size_t>>(row.counts);
    auto exchanging = world().ialltoallv_into(all.values, *given, exchanged, *receive);
    given = counts();
    receive.reset();
    exchanging.wait();
    EXPECT_EQ(exchanged, row.values) << n;

    for_each_root([&](int root) {
      const cohort::rooted at{root};
      const bool here = world().rank() == root;
      blocks gathered(here ? all.values.size() : 0);
      auto gathering = world().igatherv_into(mine, gathered, *given, at);
      blocks dealt(mine.size());
      auto dealing = world().iscatterv_into(all.values, *given, dealt, at);
      given = counts();
      gathering.wait();
      dealing.wait();
      EXPECT_EQ(gathered, here ? all.values : blocks{}) << n;
      EXPECT_EQ(dealt, mine) << n;
    });
  }
}

TEST(nonblocking_values, are_owned_by_the_request) {
  auto everybody = world().iallgather(world().rank());
  static_assert(std::is_same_v<decltype(everybody), request<buffer<int>>>);
  auto told = world().ibcast(world().rank() == 0 ? 42 : 0);
  static_assert(std::is_same_v<decltype(told), request<int>>);
  const auto all = everybody.get();
  for (int r = 0; r != world().size(); ++r) EXPECT_EQ(all[static_cast<std::size_t>(r)], r);
  EXPECT_EQ(told.get(), 42);
}

TEST(nonblocking_requests, complete_when_destroyed) {
  std::vector<int> values(5000, world().rank() == 0 ? 7 : 0);
  { auto dropped = world().ibcast(values); }
  EXPECT_EQ(values, std::vector<int>(5000, 7));
  auto moved_onto = world().ibcast(values);
  moved_onto = world().ibarrier();
  moved_onto.wait();
}

TEST(nonblocking_requests, cannot_be_cancelled) {
  auto here = world().ibarrier();
  const bool pending = here.active();
  try {
    here.cancel();
    EXPECT_FALSE(pending);
  } catch (const cohort::argument_error& e) {
    EXPECT_NE(std::string{e.what()}.find("a collective operation cannot be cancelled"), std::string::npos);
  }
  here.wait();
}

TEST(nonblocking_requests, are_let_go_while_an_exception_unwinds) {
  // Rank 0 fails before the others have come; it must not wait for them, nor must its memory be freed.
  if (world().size() == 1) return;
  const auto lane = world().duplicate();
  std::vector<int> values(100, world().rank());
  if (world().rank() == 0) {
    try {
      auto lost = lane.ibcast(std::vector<int>(100, 5), {.root = world().size() - 1});
      throw std::runtime_error{"a failure"};
    } catch (const std::runtime_error& e) {
      EXPECT_STREQ(e.what(), "a failure");
    }
  }
  MPI_Barrier(world());
  if (world().rank() != 0) lane.ibcast(values, {.root = world().size() - 1}).wait();
  MPI_Barrier(world());
}

TEST(nonblocking_contract, one_call_each) {
  std::vector<double> part(10);
  std::vector<double> all(10 * ranks());
  std::vector<double> other(10 * ranks());
  const std::vector<int> counts(ranks(), 10);
  const auto& at = world();
  EXPECT_EQ(cost([&] { at.ibarrier().wait(); }), "MPI_Ibarrier 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { at.ibcast(all).wait(); }), "MPI_Ibcast 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)at.ibcast(5).get(); }), "MPI_Ibcast 1, MPI_Wait 1; allocations 1");
  EXPECT_EQ(cost([&] { at.iscatter_into(all, part).wait(); }), "MPI_Iscatter 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { at.igather_into(part, all).wait(); }), "MPI_Igather 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { at.iallgather_into(part, all).wait(); }), "MPI_Iallgather 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)at.iallgather(part).get(); }), "MPI_Iallgather 1, MPI_Wait 1; allocations 1");
  EXPECT_EQ(cost([&] { at.ialltoall_into(all, other).wait(); }), "MPI_Ialltoall 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)at.ialltoall(all).get(); }), "MPI_Ialltoall 1, MPI_Wait 1; allocations 1");
  EXPECT_EQ(cost([&] { at.iscatterv_into(all, counts, part).wait(); }),
            "MPI_Ialltoallw 1, MPI_Wait 1; allocations 1");
  EXPECT_EQ(cost([&] { at.igatherv_into(part, all, counts).wait(); }),
            "MPI_Ialltoallw 1, MPI_Wait 1; allocations 1");
  EXPECT_EQ(cost([&] { at.iallgatherv_into(part, all, counts).wait(); }),
            "MPI_Iallgatherv 1, MPI_Wait 1; allocations 1");
  EXPECT_EQ(cost([&] { at.ialltoallv_into(all, counts, other, counts).wait(); }),
            "MPI_Ialltoallw 1, MPI_Wait 1; allocations 1");
}

}  // namespace
