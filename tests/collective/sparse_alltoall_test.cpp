// sparse_alltoall against a model that every rank computes for itself: who sends what to whom follows from the
// seed.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/collective/sparse_alltoall.hpp>

#include "cases.hpp"
#include "support/pmpi_counter.hpp"
#include "support/refused.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;

/// Whether `from` sends to `to` in round `round`: about a third do.
bool linked(int from, int to, std::size_t round) {
  return engine(salt(from * 1000 + to, round))() % 3 == 0;
}
std::size_t length(int from, int to, std::size_t round) {
  return lengths[engine(salt(from * 1000 + to, round + 7))() % std::size(lengths)];
}
template <class T>
buffer<T> load(int from, int to, std::size_t round) {
  return random_container<buffer<T>>(length(from, to, round), salt(from * 1000 + to, round + 13));
}

template <class T>
class sparse_alltoall : public testing::Test {};
using elements = testing::Types<char, double, particle>;
TYPED_TEST_SUITE(sparse_alltoall, elements);

TYPED_TEST(sparse_alltoall, brings_what_was_sent_and_nothing_else) {
  for (std::size_t round = 0; round != 20; ++round) {
    std::map<int, std::vector<TypeParam>> out;
    std::map<int, buffer<TypeParam>> expected;
    const int me = world().rank();
    for (int r = 0; r != world().size(); ++r) {
      if (linked(me, r, round)) out[r] = load<TypeParam>(me, r, round).to_vector();
      if (linked(r, me, round)) expected[r] = load<TypeParam>(r, me, round);
    }
    EXPECT_EQ(world().sparse_alltoall(out), expected) << round;
  }
}

TEST(sparse_alltoall_values, a_plain_value_arrives_as_itself) {
  const int next = (world().rank() + 1) % world().size();
  const int previous = (world().rank() + world().size() - 1) % world().size();
  const std::vector<std::pair<int, particle>> out{{next, {.kind = 'x', .charge = world().rank()}}};
  const auto came = world().sparse_alltoall(out);
  EXPECT_EQ(came.size(), 1U);
  for (const auto& [source, value] : came) {
    EXPECT_EQ(source, previous);
    EXPECT_EQ(value.charge, previous);
  }
}

TEST(sparse_alltoall_values, text_and_objects) {
  const int root = world().size() - 1;
  const auto name = "rank " + std::to_string(world().rank());
  const std::pair<int, std::string_view> text[] = {{root, name}};
  const auto texts = world().sparse_alltoall(text);
  const std::map<int, std::vector<std::string>> words{{root, {name, "", "end"}}};
  const auto lists = world().sparse_alltoall(words);
  if (world().rank() != root) {
    EXPECT_TRUE(texts.empty());
    EXPECT_TRUE(lists.empty());
    return;
  }
  EXPECT_EQ(texts.size(), ranks());
  for (int r = 0; r != world().size(); ++r) {
    const auto theirs = "rank " + std::to_string(r);
    EXPECT_EQ(texts.at(r), theirs);
    EXPECT_EQ(lists.at(r), (std::vector<std::string>{theirs, "", "end"}));
  }
}

TEST(sparse_alltoall_values, an_empty_message_arrives) {
  const std::map<int, std::vector<int>> out{{0, {}}};
  const auto came = world().sparse_alltoall(out);
  EXPECT_EQ(came.size(), world().rank() == 0 ? ranks() : 0U);
  for (const auto& [source, data] : came) EXPECT_TRUE(data.empty()) << source;
}

TEST(sparse_alltoall_values, nobody_has_anything) {
  EXPECT_TRUE(world().sparse_alltoall(std::map<int, std::vector<int>>{}).empty());
}

TEST(sparse_alltoall_values, exchanges_that_follow_each_other_do_not_mix) {
  // One rank after the other is slow to leave, while the others are in the next exchange already.
  for (int round = 0; round != 60; ++round) {
    std::map<int, int> out;
    for (int r = 0; r != world().size(); ++r) out[r] = round;
    if (round % world().size() == world().rank()) std::this_thread::sleep_for(std::chrono::microseconds{300});
    const auto came = world().sparse_alltoall(out);
    EXPECT_EQ(came.size(), ranks()) << round;
    for (const auto& [source, value] : came) EXPECT_EQ(value, round) << source;
  }
}

TEST(sparse_alltoall_values, messages_of_the_user_do_not_meet_it) {
  const int next = (world().rank() + 1) % world().size();
  const int mine = world().rank();
  MPI_Request leaving = MPI_REQUEST_NULL;
  MPI_Isend(&mine, 1, MPI_INT, next, 0x5a0, world(), &leaving);
  world().barrier();
  EXPECT_TRUE(world().sparse_alltoall(std::map<int, std::vector<int>>{}).empty());
  int heard = -1;
  MPI_Recv(&heard, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, world(), MPI_STATUS_IGNORE);
  EXPECT_EQ((heard + 1) % world().size(), mine);
  MPI_Wait(&leaving, MPI_STATUS_IGNORE);
}

TEST(sparse_alltoall_contract, one_synchronous_message_per_pair_and_a_barrier) {
  const auto lane = world().duplicate();
  (void)lane.sparse_alltoall(std::map<int, int>{});  // its shadow is there now
  std::map<int, std::vector<int>> out{{world().rank(), {1, 2}}};
  const int next = (world().rank() + 1) % world().size();
  out[next] = {3};
  const call_counter counter;
  (void)lane.sparse_alltoall(out);
  const long away = world().size() > 1 ? 1 : 0;
  EXPECT_EQ(counter.count("MPI_Issend"), away);
  EXPECT_EQ(counter.count("MPI_Mrecv"), away);
  EXPECT_EQ(counter.count("MPI_Ibarrier"), 1);
  EXPECT_EQ(counter.count("MPI_Alltoall") + counter.count("MPI_Alltoallv") + counter.count("MPI_Comm_dup"), 0);
  EXPECT_EQ(counter.total(),
            2 * away + 1 + counter.count("MPI_Improbe") + counter.count("MPI_Test") + counter.count("MPI_Testall"));
}

TEST(sparse_alltoall_error, wrong_destinations) {
  const auto size = world().size();
  refused("destination " + std::to_string(size) + " does not exist", [&] {
    (void)world().sparse_alltoall(std::map<int, int>{{size, 1}});
  });
  refused("destination -1 does not exist", [&] { (void)world().sparse_alltoall(std::map<int, int>{{-1, 1}}); });
  const std::vector<std::pair<int, int>> twice{{0, 1}, {size - 1, 2}, {0, 3}};
  refused("destination 0 is named twice (a rank gets one message from each); join the two",
          [&] { (void)world().sparse_alltoall(twice); });
  refused("the communicator is empty", [&] { (void)cohort::communicator{}.sparse_alltoall(std::map<int, int>{}); });
  EXPECT_EQ(world().allreduce(1, std::plus{}), size);
}

}  // namespace
