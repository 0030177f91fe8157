// The performance contract: which MPI functions an operation calls, and how often it allocates.

#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/cost.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace {

using namespace cohort::test;

/// Sends to the next rank so that the operation measured finds its message there.
class p2p_contract : public testing::Test {
 protected:
  template <class T>
  void give(T&& what) {
    world().isend(std::forward<T>(what), {.dest = world().rank(), .tag = 1}).wait();
  }
  const cohort::to self{.dest = world().rank(), .tag = 1};
  const cohort::from source{.source = world().rank(), .tag = 1};
  std::vector<double> values = std::vector<double>(100, 1.0);
  std::vector<double> room = std::vector<double>(100);
};

TEST_F(p2p_contract, send) {
  const particle one;
  const std::string text(100, 'x');
  const auto send = [&](const auto& what) { return cost([&] { world().send(what, self); }); };
  EXPECT_EQ(send(7), "MPI_Send 1; allocations 0");
  EXPECT_EQ(send(one), "MPI_Send 1; allocations 0");
  EXPECT_EQ(send(values), "MPI_Send 1; allocations 0");
  EXPECT_EQ(send(std::span{values}), "MPI_Send 1; allocations 0");
  EXPECT_EQ(send(text), "MPI_Send 1; allocations 0");
  for (int i = 0; i != 5; ++i) (void)world().recv<cohort::buffer<std::byte>>(source);
}

TEST_F(p2p_contract, send_of_an_object_packs_once) {
  const std::map<int, std::string> table{{1, "one"}};
  EXPECT_EQ(cost([&] { world().send(table, self); }), "MPI_Send 1; allocations 1");
  (void)world().recv<cohort::buffer<std::byte>>(source);
}

TEST_F(p2p_contract, recv_of_a_value) {
  give(5);
  EXPECT_EQ(cost([&] { (void)world().recv<int>(source); }), "MPI_Recv 1; allocations 0");
  give(particle{});
  EXPECT_EQ(cost([&] { (void)world().recv<particle>(source); }), "MPI_Recv 1; allocations 0");
}

TEST_F(p2p_contract, recv_into_memory_of_the_caller) {
  int value = 0;
  give(5);
  EXPECT_EQ(cost([&] { world().recv_into(value, source); }), "MPI_Recv 1; allocations 0");
  give(values);
  EXPECT_EQ(cost([&] { world().recv_into(std::span{room}, source); }), "MPI_Recv 1; allocations 0");
  give(values);
  EXPECT_EQ(cost([&] { world().recv_into(room, source); }), "MPI_Mprobe 1, MPI_Mrecv 1; allocations 0");
}

TEST_F(p2p_contract, recv_of_unknown_length) {
  give(values);
  EXPECT_EQ(cost([&] { (void)world().recv<std::vector<double>>(source); }),
            "MPI_Mprobe 1, MPI_Mrecv 1; allocations 1");
  give(values);
  EXPECT_EQ(cost([&] { (void)world().recv<cohort::buffer<double>>(source); }),
            "MPI_Mprobe 1, MPI_Mrecv 1; allocations 1");
}

TEST_F(p2p_contract, recv_of_an_object) {
  give(std::vector<std::string>{"short"});
  // The message's bytes, and the vector's one element.
  EXPECT_EQ(cost([&] { (void)world().recv<std::vector<std::string>>(source); }),
            "MPI_Mprobe 1, MPI_Mrecv 1; allocations 2");
}

TEST_F(p2p_contract, sendrecv) {
  const cohort::exchange around{.dest = next(), .source = before()};
  int value = 0;
  EXPECT_EQ(cost([&] { world().sendrecv_into(1, value, around); }), "MPI_Sendrecv 1; allocations 0");
  EXPECT_EQ(cost([&] { world().sendrecv_into(values, room, around); }), "MPI_Sendrecv 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().sendrecv<int>(1, around); }), "MPI_Sendrecv 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().sendrecv<std::vector<double>>(values, around); }),
            "MPI_Isend 1, MPI_Mprobe 1, MPI_Mrecv 1, MPI_Wait 1; allocations 1");
}

TEST_F(p2p_contract, isend) {
  EXPECT_EQ(cost([&] { world().isend(values, self).wait(); }), "MPI_Isend 1, MPI_Wait 1; allocations 0");
  auto gone = values;
  EXPECT_EQ(cost([&] { world().isend(std::move(gone), self).wait(); }), "MPI_Isend 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { world().isend(5, self).wait(); }), "MPI_Isend 1, MPI_Wait 1; allocations 1");
  const std::map<int, int> table{{1, 2}};
  EXPECT_EQ(cost([&] { world().isend(table, self).wait(); }), "MPI_Isend 1, MPI_Wait 1; allocations 1");
  for (int i = 0; i != 4; ++i) (void)world().recv<cohort::buffer<std::byte>>(source);
}

TEST_F(p2p_contract, irecv) {
  give(5);
  EXPECT_EQ(cost([&] { (void)world().irecv<int>(source).get(); }), "MPI_Irecv 1, MPI_Wait 1; allocations 1");
  give(values);
  EXPECT_EQ(cost([&] { (void)world().irecv<std::vector<double>>(100, source).get(); }),
            "MPI_Irecv 1, MPI_Wait 1; allocations 1");
  give(values);
  EXPECT_EQ(cost([&] { world().irecv_into(room, source).wait(); }), "MPI_Irecv 1, MPI_Wait 1; allocations 0");
}

TEST_F(p2p_contract, a_request_is_completed_by_its_destructor_with_one_wait) {
  give(values);
  EXPECT_EQ(cost([&] { const auto coming = world().irecv_into(room, source); }),
            "MPI_Irecv 1, MPI_Wait 1; allocations 0");
}

TEST_F(p2p_contract, probes) {
  give(5);
  EXPECT_EQ(cost([&] { world().probe(source); }), "MPI_Probe 1; allocations 0");
  EXPECT_EQ(cost([&] { world().iprobe(source); }), "MPI_Iprobe 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().mprobe(source).recv<int>(); }), "MPI_Mprobe 1, MPI_Mrecv 1; allocations 0");
}

}  // namespace
