// Compiled with COHORT_CHECK_LEVEL=1: calls that do not fit together are found on every rank, before they hang or
// mix up their data.

#include <cohort/collective.hpp>
#include <cohort/core/wait.hpp>
#include <cohort/p2p.hpp>

#include "cases.hpp"
#include "support/pmpi_counter.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;

/// The last rank calls `odd`, the others `usual`; every rank must hear `what`, with the last rank's number for $.
template <class Usual, class Odd>
void told(std::string what, Usual&& usual, Odd&& odd) {
  const int last = world().size() - 1;
  if (last == 0) return;
  what.replace(what.find('$'), 1, std::to_string(last));
  try {
    if (world().rank() == last) {
      odd();
    } else {
      usual();
    }
    ADD_FAILURE() << "accepted; expected: " << what;
  } catch (const cohort::argument_error& e) {
    const std::string text = e.what();
    EXPECT_NE(text.find(what), std::string::npos) << text;
    EXPECT_NE(text.find("on rank " + std::to_string(world().rank())), std::string::npos) << text;
    EXPECT_NE(text.find("check_level_test.cpp:"), std::string::npos) << text;
    EXPECT_NE(text.find("let every rank make the same call"), std::string::npos) << text;
  }
}

TEST(check_level, another_root) {
  int value = 0;
  std::vector<int> all(ranks());
  told(
      "rank $ calls bcast with root 1 where rank 0 has root 0", [&] { world().bcast(value); },
      [&] { world().bcast(value, {.root = 1}); });
  told(
      "rank $ calls reduce with root 1 where rank 0 has root 0", [&] { (void)world().reduce(value, std::plus{}); },
      [&] { (void)world().reduce(value, std::plus{}, {.root = 1}); });
  told(
      "rank $ calls gather with root 1 where rank 0 has root 0", [&] { (void)world().gather(value); },
      [&] { (void)world().gather(value, {.root = 1}); });
  told(
      "rank $ calls scatter with root 1 where rank 0 has root 0", [&] { (void)world().scatter(all); },
      [&] { (void)world().scatter(all, {.root = 1}); });
}

TEST(check_level, another_type) {
  float narrow = 0;
  double wide = 0;
  told(
      "rank $ calls bcast with elements of type float where rank 0 has double", [&] { world().bcast(wide); },
      [&] { world().bcast(narrow); });
  told(
      "rank $ calls allreduce with elements of type float where rank 0 has double",
      [&] { (void)world().allreduce(wide, std::plus{}); }, [&] { (void)world().allreduce(narrow, std::plus{}); });
  told(
      "rank $ calls allgatherv with elements of type float where rank 0 has double",
      [&] { (void)world().allgatherv(std::vector<double>(3)); },
      [&] { (void)world().allgatherv(std::vector<float>(3)); });
}

TEST(check_level, another_count) {
  std::vector<int> three(3);
  std::vector<int> one(1);
  told(
      "rank $ calls allreduce with 1 element where rank 0 has 3 elements",
      [&] { world().allreduce_in_place(three, std::plus{}); },
      [&] { world().allreduce_in_place(one, std::plus{}); });
  told(
      "rank $ calls bcast with 1 element where rank 0 has 3 elements", [&] { world().bcast(std::span{three}); },
      [&] { world().bcast(one[0]); });
  told(
      "rank $ calls bcast with 3 elements where rank 0 has a length found out", [&] { world().bcast(three); },
      [&] { world().bcast(std::span{three}); });
  told(
      "rank $ calls allgather with 1 element where rank 0 has 3 elements", [&] { (void)world().allgather(three); },
      [&] { (void)world().allgather(one); });
}

TEST(check_level, another_operation) {
  const int value = 1;
  told(
      "rank $ calls allreduce with the operation std::multiplies<",
      [&] { (void)world().allreduce(value, std::plus{}); },
      [&] { (void)world().allreduce(value, std::multiplies{}); });
  const auto larger = [](int a, int b) { return a < b ? b : a; };
  const auto smaller = [](int a, int b) { return a < b ? a : b; };
  told(
      "rank $ calls scan with the operation", [&] { (void)world().scan(value, larger); },
      [&] { (void)world().scan(value, smaller); });
}

TEST(check_level, another_collective) {
  std::vector<int> values(ranks());
  told(
      "rank $ calls barrier where rank 0 calls alltoall", [&] { (void)world().alltoall(values); },
      [&] { world().barrier(); });
  told(
      "rank $ calls gatherv_into where rank 0 calls gatherv", [&] { (void)world().gatherv(values); },
      [&] { world().gatherv_into(values, values, std::vector<int>(ranks(), 1)); });
}

/// Each takes part in the comparison, under its own name: the last rank comes to a barrier instead.
TEST(check_level, every_collective_is_compared) {
  const auto n = ranks();
  std::vector<int> one(1), all(n), room(n);
  const std::vector<int> ones(n, 1);
  const std::vector<std::vector<int>> rows(n, one);
  const std::map<int, int> messages;
  const std::plus<> plus;
  const auto& comm = world();
  const auto compared = [&](const char* name, auto&& call) {
    told(std::string{"rank $ calls barrier where rank 0 calls "} + name, call, [&] { comm.barrier(); });
  };
  compared("bcast", [&] { comm.bcast(one); });
  compared("scatter", [&] { (void)comm.scatter(all); });
  compared("scatter_into", [&] { comm.scatter_into(all, one); });
  compared("scatter_into", [&] { comm.scatter_in_place(comm.rank() == 0 ? all : one); });
  compared("scatterv", [&] { (void)comm.scatterv(all, ones); });
  compared("scatterv_into", [&] { comm.scatterv_into(all, ones, one); });
  compared("gather", [&] { (void)comm.gather(1); });
  compared("gather", [&] { comm.gather_into(1, all); });
  compared("gather", [&] { comm.gather_in_place(comm.rank() == 0 ? all : one); });
  compared("gatherv", [&] { (void)comm.gatherv(one); });
  compared("gatherv_into", [&] { comm.gatherv_into(one, all, ones); });
  compared("allgather", [&] { (void)comm.allgather(1); });
  compared("allgather", [&] { comm.allgather_into(1, all); });
  compared("allgather", [&] { comm.allgather_in_place(all); });
  compared("allgatherv", [&] { (void)comm.allgatherv(one); });
  compared("allgatherv_into", [&] { comm.allgatherv_into(one, all, ones); });
  compared("alltoall", [&] { (void)comm.alltoall(all); });
  compared("alltoall", [&] { comm.alltoall_into(all, room); });
  compared("alltoall", [&] { comm.alltoall_in_place(all); });
  compared("alltoallv", [&] { (void)comm.alltoallv(all, ones); });
  compared("alltoallv", [&] { (void)comm.alltoallv(rows); });
  compared("alltoallv_into", [&] { comm.alltoallv_into(all, ones, room, ones); });
  compared("reduce", [&] { (void)comm.reduce(1, plus); });
  compared("reduce", [&] { comm.reduce_into(one, one, plus); });
  compared("reduce", [&] { comm.reduce_in_place(one, plus); });
  compared("allreduce", [&] { (void)comm.allreduce(1, plus); });
  compared("allreduce", [&] { comm.allreduce_into(one, room, plus); });
  compared("allreduce", [&] { comm.allreduce_in_place(one, plus); });
  compared("scan", [&] { (void)comm.scan(1, plus); });
  compared("scan", [&] { comm.scan_into(one, one, plus); });
  compared("scan", [&] { comm.scan_in_place(one, plus); });
  compared("exscan", [&] { (void)comm.exscan(1, plus); });
  compared("exscan", [&] { comm.exscan_into(one, one, plus); });
  compared("exscan", [&] { comm.exscan_in_place(one, plus); });
  compared("reduce_scatter", [&] { (void)comm.reduce_scatter(all, plus); });
  compared("reduce_scatter", [&] { (void)comm.reduce_scatter(all, ones, plus); });
  compared("reduce_scatter", [&] { comm.reduce_scatter_into(all, one, plus); });
  compared("reduce_scatter", [&] { comm.reduce_scatter_into(all, ones, one, plus); });
  compared("reduce_scatter", [&] { comm.reduce_scatter_in_place(all, plus); });
  compared("reproducible_reduce", [&] { (void)comm.reproducible_reduce(one, plus); });
  compared("reproducible_allreduce", [&] { (void)comm.reproducible_allreduce(one, plus); });
  compared("sparse_alltoall", [&] { (void)comm.sparse_alltoall(messages); });
  compared("grid_alltoallv", [&] { (void)comm.grid_alltoallv(rows); });
}

TEST(check_level, neighborhood_collectives_are_compared) {
  const cohort::cartesian ring{world(), {.dims = {world().size()}, .periodic = {true}}};
  std::vector<int> two(2), room(2);
  const std::vector<int> ones(2, 1);
  std::vector<double> cells(3);
  const cohort::grid_view<double, 1> array{cells.data(), {3}, 1};
  const auto compared = [&](const char* name, auto&& call) {
    told(std::string{"rank $ calls barrier where rank 0 calls "} + name, call, [&] { ring.barrier(); });
  };
  compared("neighbor_allgather", [&] { (void)ring.neighbor_allgather(1); });
  compared("neighbor_allgather", [&] { (void)ring.neighbor_allgather(std::string{"x"}); });
  compared("neighbor_allgather", [&] { ring.neighbor_allgather_into(1, room); });
  compared("neighbor_allgatherv", [&] { (void)ring.neighbor_allgatherv(two); });
  compared("neighbor_allgatherv", [&] { ring.neighbor_allgatherv_into(std::vector<int>(1), room, ones); });
  compared("neighbor_alltoall", [&] { (void)ring.neighbor_alltoall(two); });
  compared("neighbor_alltoall", [&] { (void)ring.neighbor_alltoall(std::vector<std::string>(2)); });
  compared("neighbor_alltoall", [&] { ring.neighbor_alltoall_into(two, room); });
  compared("neighbor_alltoallv", [&] { (void)ring.neighbor_alltoallv(two, ones); });
  compared("neighbor_alltoallv_into", [&] { ring.neighbor_alltoallv_into(two, ones, room, ones); });
  compared("exchange_halo", [&] { ring.exchange_halo(array); });
  told(
      "rank $ calls neighbor_allgather with elements of type float where rank 0 has double",
      [&] { (void)ring.neighbor_allgather(1.0); }, [&] { (void)ring.neighbor_allgather(1.0F); });
  // Alike, they pass, whatever their lengths: on a ring each has two neighbours.
  EXPECT_EQ(ring.neighbor_allgather(1).size(), 2U);
  EXPECT_EQ(ring.neighbor_alltoall(two).size(), 2U);
  const std::vector<int> some(static_cast<std::size_t>(world().rank()));
  EXPECT_EQ(ring.neighbor_allgatherv(some).counts.size(), 2U);
  ring.exchange_halo(array);
}

/// What is lent to an operation that is given up: MPI may still write to it.
struct lent_for_good {
  std::vector<int> one = std::vector<int>(1), all = std::vector<int>(ranks()), room = std::vector<int>(ranks());
  int value = 0;
  float narrow = 0;
  double wide = 0;
};
lent_for_good& lent() {
  static auto* const memory = new lent_for_good;
  return *memory;
}
/// Operations that are given up stay behind on it.
const cohort::communicator& left_behind() {
  static const auto* const comm = new cohort::communicator{world().duplicate()};
  return *comm;
}

/// Compared while they are under way; told when they are waited for.
TEST(check_level, every_nonblocking_collective_is_compared) {
  const auto& comm = left_behind();
  auto& one = lent().one;
  auto& all = lent().all;
  auto& room = lent().room;
  auto& value = lent().value;
  const std::vector<int> ones(ranks(), 1);
  const std::plus<> plus;
  const auto compared = [&](const char* name, auto&& call) {
    told(
        std::string{"rank $ calls ibarrier where rank 0 calls "} + name, [&] { call().wait(); },
        [&] { comm.ibarrier().wait(); });
  };
  compared("ibcast", [&] { return comm.ibcast(one); });
  compared("ibcast", [&] { return comm.ibcast(1); });
  compared("iscatter", [&] { return comm.iscatter_into(all, one); });
  compared("iscatterv_into", [&] { return comm.iscatterv_into(all, ones, one); });
  compared("igather", [&] { return comm.igather_into(one, all); });
  compared("igatherv_into", [&] { return comm.igatherv_into(one, all, ones); });
  compared("iallgather", [&] { return comm.iallgather(1); });
  compared("iallgather", [&] { return comm.iallgather_into(one, all); });
  compared("iallgatherv_into", [&] { return comm.iallgatherv_into(one, all, ones); });
  compared("ialltoall", [&] { return comm.ialltoall(all); });
  compared("ialltoall", [&] { return comm.ialltoall_into(all, room); });
  compared("ialltoallv_into", [&] { return comm.ialltoallv_into(all, ones, room, ones); });
  compared("ireduce", [&] { return comm.ireduce(1, plus); });
  compared("ireduce", [&] { return comm.ireduce_into(one, value, plus); });
  compared("iallreduce", [&] { return comm.iallreduce(1, plus); });
  compared("iallreduce", [&] { return comm.iallreduce_into(one, value, plus); });
  compared("iscan", [&] { return comm.iscan(1, plus); });
  compared("iscan", [&] { return comm.iscan_into(one, value, plus); });
  compared("iexscan", [&] { return comm.iexscan(1, plus); });
  compared("iexscan", [&] { return comm.iexscan_into(one, value, plus); });
  compared("ireduce_scatter", [&] { return comm.ireduce_scatter(all, plus); });
  compared("ireduce_scatter", [&] { return comm.ireduce_scatter_into(all, one, plus); });
  compared("ireduce_scatter (counts)", [&] { return comm.ireduce_scatter_into(all, ones, one, plus); });
}

TEST(check_level, what_differs_between_nonblocking_calls) {
  const auto& comm = left_behind();
  auto& value = lent().value;
  auto& narrow = lent().narrow;
  auto& wide = lent().wide;
  told(
      "rank $ calls ibcast with root 1 where rank 0 has root 0", [&] { comm.ibcast(value).wait(); },
      [&] { comm.ibcast(value, {.root = 1}).wait(); });
  told(
      "rank $ calls ibcast with elements of type float where rank 0 has double", [&] { comm.ibcast(wide).wait(); },
      [&] { comm.ibcast(narrow).wait(); });
  told(
      "rank $ calls iallreduce with the operation std::multiplies<",
      [&] { (void)comm.iallreduce(1, std::plus{}).get(); },
      [&] { (void)comm.iallreduce(1, std::multiplies{}).get(); });
  told(
      "rank $ calls ibarrier where rank 0 calls ibcast",
      [&] {
        auto pending = std::array{comm.ibcast(value), cohort::request<void>{}};
        int came = 0;
        const int self = world().rank();
        auto mail = world().irecv_into(came, {.source = self, .tag = 9});
        world().send(5, {.dest = self, .tag = 9});
        try {
          cohort::wait_all(pending[0], pending[1], mail);
        } catch (...) {
          EXPECT_EQ(came, 5) << "the others are settled";
          throw;
        }
      },
      [&] {
        auto pending = comm.ibarrier();
        while (!pending.test()) {
        }
      });
}

/// Starting waits for nobody, so ranks may do what the others need first.
TEST(check_level, nonblocking_collectives_start_at_once) {
  const int self = world().rank();
  int value = self == 0 ? 7 : 0;
  if (self == 0) {
    auto pending = world().ibcast(value);
    for (int r = 1; r != world().size(); ++r) world().send(r, {.dest = r});
    pending.wait();
  } else {
    EXPECT_EQ(world().recv<int>({.source = 0}), self);
    auto pending = world().ibcast(value);
    pending.wait();
  }
  EXPECT_EQ(value, 7);
  EXPECT_EQ(world().iallreduce(1, std::plus{}).get(), world().size());
  std::vector<int> all(ranks());
  auto first = world().iallgather_into(self, all);
  auto second = world().ibarrier();
  cohort::wait_all(first, second);
  EXPECT_EQ(all.back(), world().size() - 1);
}

TEST(check_level, what_fits_together_passes) {
  const int self = world().rank();
  EXPECT_EQ(world().allreduce(1, std::plus{}), world().size());
  EXPECT_EQ(world().allgather(self).size(), ranks());
  EXPECT_EQ(world().allgatherv(std::vector<int>(static_cast<std::size_t>(self), 1)).counts.back(),
            world().size() - 1);
  const auto table = world().bcast(self == 0 ? std::map<int, int>{{1, 2}} : std::map<int, int>{});
  EXPECT_EQ(table.at(1), 2);
  std::vector<int> all(ranks(), self);
  int mine = self;
  if (self == 0) {
    world().gather_in_place(all);
  } else {
    world().gather_in_place(mine);
  }
  EXPECT_EQ(all.back(), self == 0 ? world().size() - 1 : self);
  EXPECT_EQ(world().alltoall(std::vector<std::string>(ranks(), "x")).size(), ranks());
}

TEST(check_level, costs_one_call) {
  world().barrier();  // the shadow communicator is there now
  const call_counter counter;
  world().barrier();
  EXPECT_EQ(counter.text(), "MPI_Allgather 1, MPI_Barrier 1");
}

}  // namespace
