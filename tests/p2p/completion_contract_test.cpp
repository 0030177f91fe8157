// The performance contract of what contract_test.cpp leaves: other modes, persistent requests, completion of many,
// receives of unknown length. Each as many calls as the same written by hand.

#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/cost.hpp"
#include "support/pmpi_counter.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;

class completion_contract : public testing::Test {
 protected:
  template <class T>
  void give(const T& what) {
    world().bsend(what, self);
    world().flush_buffer();
  }
  const cohort::to self{.dest = world().rank(), .tag = 1};
  const cohort::from source{.source = world().rank(), .tag = 1};
  std::vector<double> values = std::vector<double>(100, 1.0);
  std::vector<double> room = std::vector<double>(100);
};

TEST_F(completion_contract, modes) {
  auto coming = world().irecv_into(room, source);
  EXPECT_EQ(cost([&] { world().ssend(values, self); }), "MPI_Ssend 1; allocations 0");
  coming.wait();
  coming = world().irecv_into(room, source);
  EXPECT_EQ(cost([&] { world().rsend(values, self); }), "MPI_Rsend 1; allocations 0");
  coming.wait();
  coming = world().irecv_into(room, source);
  EXPECT_EQ(cost([&] { world().issend(values, self).wait(); }), "MPI_Issend 1, MPI_Wait 1; allocations 0");
  coming.wait();
  coming = world().irecv_into(room, source);
  EXPECT_EQ(cost([&] { world().irsend(values, self).wait(); }), "MPI_Irsend 1, MPI_Wait 1; allocations 0");
  coming.wait();
}

TEST_F(completion_contract, bsend_copies_once) {
  for (int i = 0; i != 3; ++i) world().bsend(values, self);  // the list has grown
  world().flush_buffer();
  world().bsend(values, self);
  world().flush_buffer();
  auto own = world().duplicate();
  own.bsend(values, self);
  for (int i = 0; i != 4; ++i) EXPECT_EQ(own.recv<int>({.source = cohort::proc_null}), 0);
  // The copy before is freed: one MPI_Test. The list has room by now.
  EXPECT_EQ(cost([&] { own.bsend(values, self); }), "MPI_Isend 1, MPI_Test 1; allocations 1");
  const std::map<int, int> table{{1, 2}};
  EXPECT_EQ(cost([&] { own.bsend(table, self); }), "MPI_Isend 1, MPI_Test 1; allocations 1");
  EXPECT_EQ(cost([&] { own.flush_buffer(); }), "MPI_Wait 1; allocations 0");
  for (int i = 0; i != 3; ++i) (void)own.recv<cohort::buffer<std::byte>>(source);
  for (int i = 0; i != 4; ++i) (void)world().recv<cohort::buffer<std::byte>>(source);
}

TEST_F(completion_contract, sendrecv_replace) {
  EXPECT_EQ(cost([&] { world().sendrecv_replace(values, {.dest = next(), .source = before()}); }),
            "MPI_Sendrecv_replace 1; allocations 0");
}

TEST_F(completion_contract, persistent) {
  EXPECT_EQ(cost([&] {
              auto coming = world().recv_init(room, source);
              auto leaving = world().send_init(values, self);
              for (int i = 0; i != 3; ++i) {
                coming.start();
                leaving.start();
                leaving.wait();
                coming.wait();
              }
            }),
            "MPI_Recv_init 1, MPI_Request_free 2, MPI_Send_init 1, MPI_Start 6, MPI_Wait 6; allocations 0");
  auto coming = world().recv_init(room, source);
  auto leaving = world().ssend_init(values, self);
  EXPECT_EQ(cost([&] {
              start_all(coming, leaving);
              wait_all(coming, leaving);
            }),
            "MPI_Startall 1, MPI_Testsome 1; allocations 0");
}

TEST_F(completion_contract, many_given_one_by_one) {
  auto a = world().irecv_into(room, source);
  auto b = world().irecv<std::vector<double>>(200, source);
  auto c = world().isend(values, self);
  auto d = world().isend(values, self);
  EXPECT_EQ(cost([&] { wait_any(a, c); }), "MPI_Waitany 1; allocations 0");
  EXPECT_EQ(cost([&] { wait_all(a, b, c, d); }), "MPI_Testsome 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)test_all(a, b); }), "MPI_Testall 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)test_any(a, b); }), "MPI_Testany 1; allocations 0");
  EXPECT_EQ(b.get().size(), 100U);
  auto e = world().isend(values, {.dest = cohort::proc_null});
  auto f = world().isend(values, {.dest = cohort::proc_null});
  EXPECT_EQ(cost([&] { wait_all(e, f); }), "MPI_Waitall 1; allocations 0");
  auto g = world().irecv_into(room, {.source = before(), .tag = 3});
  auto h = world().issend(values, {.dest = next(), .tag = 3});
  if (world().size() == 1) return;  // to oneself it may be complete at once
  const call_counter calls;
  wait_all(g, h);
  EXPECT_LE(calls.count("MPI_Waitall"), 1);
  EXPECT_EQ(calls.count("MPI_Testsome"), 1);
}

TEST_F(completion_contract, many_in_a_range) {
  for (const int n : {32, 33}) {
    std::vector<cohort::request<void>> all;
    std::vector<int> numbers(static_cast<std::size_t>(n));
    const auto ask = [&] {
      for (auto& number : numbers) all.push_back(world().irecv_into(number, source));
      for (int i = 0; i != n; ++i) give(i);
    };
    const std::string none = n > 32 ? "1" : "0";
    const std::string result = n > 32 ? "2" : "1";  // and the positions that are returned
    ask();
    EXPECT_EQ(cost([&] { wait_all(all); }), "MPI_Testsome 1; allocations " + none);
    EXPECT_EQ(cost([&] { (void)test_all(all); }), "MPI_Testall 1; allocations " + none);
    EXPECT_EQ(cost([&] { (void)wait_any(all); }), "MPI_Waitany 1; allocations " + none);
    EXPECT_EQ(cost([&] { (void)test_any(all); }), "MPI_Testany 1; allocations " + none);
    all.clear();
    ask();
    EXPECT_EQ(cost([&] { (void)wait_some(all); }), "MPI_Waitsome 1; allocations " + result);
    wait_all(all);
    all.clear();
    ask();
    EXPECT_EQ(cost([&] { (void)test_some(all); }), "MPI_Testsome 1; allocations " + result);
    wait_all(all);
  }
}

TEST_F(completion_contract, receive_of_unknown_length) {
  give(values);
  EXPECT_EQ(cost([&] { (void)world().irecv<std::vector<double>>(source).get(); }),
            "MPI_Mprobe 1, MPI_Mrecv 1; allocations 2");
  auto coming = world().irecv<std::vector<double>>(source);
  EXPECT_EQ(cost([&] { EXPECT_FALSE(coming.test()); }), "MPI_Improbe 1; allocations 0");
  give(values);
  EXPECT_EQ(cost([&] { EXPECT_TRUE(coming.test()); }), "MPI_Improbe 1, MPI_Imrecv 1, MPI_Test 1; allocations 1");
  EXPECT_EQ(coming.get(), values);
  // An older one with another tag is not in the way.
  auto other = world().irecv<std::vector<double>>({.source = world().rank(), .tag = 2});
  give(values);
  EXPECT_EQ(cost([&] { (void)world().irecv<std::vector<double>>(source).get(); }),
            "MPI_Mprobe 1, MPI_Mrecv 1; allocations 2");
  EXPECT_EQ(cost([&] { other.cancel(); }), "; allocations 0");
}

}  // namespace
