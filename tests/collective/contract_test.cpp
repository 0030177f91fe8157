// The performance contract: which MPI functions an operation calls, and how often it allocates.

#include <cohort/collective.hpp>

#include "cases.hpp"
#include "support/cost.hpp"
#include "support/pmpi_counter.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;

class collective_contract : public testing::Test {
 protected:
  std::vector<double> some = std::vector<double>(10, 1.0);    // rides along with its length
  std::vector<double> many = std::vector<double>(1000, 1.0);  // does not
  std::vector<double> room = std::vector<double>(10);
  std::vector<double> all = std::vector<double>(10 * ranks());
  std::vector<int> counts = std::vector<int>(ranks(), 10);
  int value = 3;
  bool root = world().rank() == 0;
};

TEST_F(collective_contract, barrier) {
  EXPECT_EQ(cost([&] { world().barrier(); }), "MPI_Barrier 1; allocations 0");
}

TEST_F(collective_contract, bcast) {
  particle one;
  EXPECT_EQ(cost([&] { world().bcast(value); }), "MPI_Bcast 1; allocations 0");
  EXPECT_EQ(cost([&] { world().bcast(one); }), "MPI_Bcast 1; allocations 0");
  EXPECT_EQ(cost([&] { world().bcast(std::span{many}); }), "MPI_Bcast 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().bcast(5); }), "MPI_Bcast 1; allocations 0");
  const auto fresh = world().duplicate();
  EXPECT_EQ(cost([&] { fresh.bcast(some); }), "MPI_Bcast 1; allocations 0");
  EXPECT_EQ(cost([&] { fresh.bcast(many); }), "MPI_Bcast 2; allocations 0");
  std::map<int, std::string> table{{1, "one"}};
  EXPECT_EQ(calls([&] { fresh.bcast(table); }), "MPI_Bcast 1");
}

TEST_F(collective_contract, after_four_short_bcasts_only_32_bytes_ride_along) {
  const auto fresh = world().duplicate();
  const cohort::communicator same{fresh.native(), cohort::ownership::borrow};
  const auto bcast = [&](std::size_t n, const cohort::communicator& on) {
    std::vector<double> carried(n);
    const call_counter counter;
    on.bcast(carried);
    return counter.text();
  };
  const std::size_t fits = 4;
  for (int i = 0; i != 3; ++i) EXPECT_EQ(bcast(fits, fresh), "MPI_Bcast 1");
  EXPECT_EQ(bcast(fits + 1, same), "MPI_Bcast 1");  // counted anew from here
  for (int i = 0; i != 4; ++i) EXPECT_EQ(bcast(fits, i % 2 == 0 ? fresh : same), "MPI_Bcast 1");
  EXPECT_EQ(bcast(fits, same), "MPI_Bcast 1");
  EXPECT_EQ(bcast(fits + 1, fresh), "MPI_Bcast 2");
  EXPECT_EQ(bcast(fits + 1, same), "MPI_Bcast 1");
  EXPECT_EQ(bcast(22, fresh), "MPI_Bcast 1");
  EXPECT_EQ(bcast(23, fresh), "MPI_Bcast 2");
}

TEST_F(collective_contract, scatter) {
  EXPECT_EQ(cost([&] { world().scatter_into(all, std::span{room}); }), "MPI_Scatter 1; allocations 0");
  EXPECT_EQ(calls([&] { (void)world().scatter(all); }), "MPI_Scatter 1");
  const std::vector<double> large(1000 * ranks());
  EXPECT_EQ(calls([&] { (void)world().scatter(large); }), "MPI_Scatter 1, MPI_Scatterv 1");
  EXPECT_EQ(calls([&] { (void)world().scatterv(all, counts); }), "MPI_Scatter 1");
  const auto into = [&] { world().scatterv_into(all, counts, room); };
  into();  // the lane for blocks too long for an int is there now
  EXPECT_EQ(calls(into), "MPI_Scatterv 1");
  // Besides the root, a small part costs its own memory and nothing else.
  if (!root) {
    EXPECT_EQ(cost([&] { (void)world().scatter(all); }), "MPI_Scatter 1; allocations 1");
  } else {
    (void)world().scatter(all);
  }
}

TEST_F(collective_contract, gather) {
  const auto into = [&] { world().gather_into(some, all); };
  EXPECT_EQ(cost(into), "MPI_Gather 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().gather(some); }),
            root ? "MPI_Gather 1; allocations 1" : "MPI_Gather 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().gather(value); }),
            root ? "MPI_Gather 1; allocations 1" : "MPI_Gather 1; allocations 0");
  const auto uneven_into = [&] { world().gatherv_into(some, all, counts); };
  uneven_into();  // the lane for blocks too long for an int is there now
  EXPECT_EQ(calls(uneven_into), "MPI_Gatherv 1");
}

TEST_F(collective_contract, gatherv) {
  const std::vector<double> few(4, 1.0);
  const auto lane = world().duplicate();
  EXPECT_EQ(calls([&] { (void)lane.gatherv(few); }), "MPI_Comm_dup 1, MPI_Comm_set_errhandler 1, MPI_Gather 1");
  // The counts and the values; what rides along is received on the stack.
  EXPECT_EQ(cost([&] { (void)lane.gatherv(few); }),
            root ? "MPI_Gather 1; allocations 2" : "MPI_Gather 1; allocations 0");
  const call_counter counter;
  (void)lane.gatherv(many);
  EXPECT_EQ(counter.count("MPI_Gather"), 1);
  EXPECT_EQ(counter.count("MPI_Send"), root ? 0 : 1);
  EXPECT_EQ(counter.count("MPI_Irecv"), root ? world().size() - 1 : 0);
  EXPECT_EQ(counter.count("MPI_Waitall"), root && world().size() > 1 ? 1 : 0);
  EXPECT_EQ(counter.total(), !root ? 2 : world().size() > 1 ? world().size() + 1 : 1);
}

TEST_F(collective_contract, allgather) {
  EXPECT_EQ(cost([&] { world().allgather_into(some, all); }), "MPI_Allgather 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().allgather(some); }), "MPI_Allgather 1; allocations 1");
  EXPECT_EQ(cost([&] { (void)world().allgather(value); }), "MPI_Allgather 1; allocations 1");
  EXPECT_EQ(calls([&] { (void)world().allgather(std::string{"text"}); }), "MPI_Allgather 1");
}

TEST_F(collective_contract, allgatherv) {
  // The lengths and what rides along, the counts, and the values.
  EXPECT_EQ(cost([&] { (void)world().allgatherv(some); }), "MPI_Allgather 1; allocations 3");
  EXPECT_EQ(calls([&] { (void)world().allgatherv(many); }), "MPI_Allgather 1, MPI_Allgatherv 1");
  EXPECT_EQ(calls([&] { world().allgatherv_into(some, all, counts); }), "MPI_Allgatherv 1");
}

TEST_F(collective_contract, what_rides_along_is_176_bytes) {
  const std::vector<double> last_to_ride(22);
  const std::vector<double> first_not_to(23);
  EXPECT_EQ(calls([&] { (void)world().allgatherv(last_to_ride); }), "MPI_Allgather 1");
  EXPECT_EQ(calls([&] { (void)world().allgatherv(first_not_to); }), "MPI_Allgather 1, MPI_Allgatherv 1");
  const std::vector<double> parts_ride(22 * ranks());
  const std::vector<double> one_does_not(22 * ranks() + 1);
  EXPECT_EQ(calls([&] { (void)world().scatter(parts_ride); }), "MPI_Scatter 1");
  EXPECT_EQ(calls([&] { (void)world().scatter(one_does_not); }), "MPI_Scatter 1, MPI_Scatterv 1");
}

TEST_F(collective_contract, what_rides_along_in_a_gather_is_32_bytes) {
  const std::vector<double> last_to_ride(4);
  const std::vector<double> first_not_to(5);
  (void)world().gatherv(last_to_ride);  // the lane for long contributions is there now
  EXPECT_EQ(calls([&] { (void)world().gatherv(last_to_ride); }), "MPI_Gather 1");
  const auto long_one = calls([&] { (void)world().gatherv(first_not_to); });
  if (!root) {
    EXPECT_EQ(long_one, "MPI_Gather 1, MPI_Send 1");
  }
}

TEST_F(collective_contract, reductions) {
  EXPECT_EQ(cost([&] { (void)world().allreduce(value, std::plus{}); }), "MPI_Allreduce 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().reduce(value, std::plus{}); }), "MPI_Reduce 1; allocations 0");
  EXPECT_EQ(cost([&] { world().allreduce_into(some, room, std::plus{}); }), "MPI_Allreduce 1; allocations 0");
  EXPECT_EQ(cost([&] { world().allreduce_in_place(some, std::plus{}); }), "MPI_Allreduce 1; allocations 0");
  EXPECT_EQ(cost([&] { world().reduce_into(some, room, std::plus{}); }), "MPI_Reduce 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().allreduce(some, std::plus{}); }), "MPI_Allreduce 1; allocations 1");
}

TEST_F(collective_contract, an_operation_of_ours_is_made_once) {
  const auto larger = [](int a, int b) { return a < b ? b : a; };
  const auto reduce = [&] { (void)world().allreduce(value, larger); };
  EXPECT_EQ(calls(reduce), "MPI_Allreduce 1, MPI_Op_create 1, MPI_Type_commit 1, MPI_Type_contiguous 1");
  EXPECT_EQ(cost(reduce), "MPI_Allreduce 1; allocations 0");
}

}  // namespace
