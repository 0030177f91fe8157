// thread_level::multiple: several threads of each rank communicate at once, with messages on tags of their own, and
// with collectives on communicators of their own.

#include "support/threads.hpp"

#include <cohort/collective.hpp>
#include <cohort/p2p.hpp>

#include "ring.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

cohort::thread_level cohort::test::threads() {
  return thread_level::multiple;
}

namespace {

using namespace cohort::test;

constexpr int threads_per_rank = 4;
constexpr int rounds = 20;

/// body(t) in `threads_per_rank` threads, this one and others.
template <class Body>
void together(Body&& body) {
  std::vector<std::thread> others;
  for (int t = 1; t != threads_per_rank; ++t) others.emplace_back([&body, t] { body(t); });
  body(0);
  for (auto& each : others) each.join();
}

TEST(threads, is_granted) {
  int provided = MPI_THREAD_SINGLE;
  MPI_Query_thread(&provided);
  EXPECT_EQ(provided, MPI_THREAD_MULTIPLE);
}

TEST(threads, messages_on_tags_of_their_own) {
  together([](int t) {
    const cohort::to there{.dest = next(), .tag = t};
    const cohort::from here{.source = before(), .tag = t};
    for (int i = 0; i != rounds; ++i) {
      const int value = 1000 * t + i;
      const auto leaving = world().isend(value, there);
      EXPECT_EQ(world().recv<int>(here), value);
      const std::vector<int> many(static_cast<std::size_t>(1 + 500 * i), value);
      auto borrowed = world().isend(many, there);
      EXPECT_EQ(world().recv<std::vector<int>>(here), many);
      borrowed.wait();
      world().bsend(std::map<int, std::string>{{t, std::to_string(i)}}, there);
      EXPECT_EQ((world().recv<std::map<int, std::string>>(here).at(t)), std::to_string(i));
      auto unknown = world().irecv<std::string>(here);
      world().bsend(std::string(static_cast<std::size_t>(i), 'x'), there);
      EXPECT_EQ(unknown.get().size(), static_cast<std::size_t>(i));
      int replaced = value;
      world().sendrecv_replace(replaced, {.dest = next(), .source = before(), .sendtag = t, .recvtag = t});
      EXPECT_EQ(replaced, value);
    }
  });
  world().flush_buffer();
}

/// Whoever finds a message receives that one: recv finds out the length of the message that it takes.
TEST(threads, messages_for_any_of_them) {
  std::atomic<std::size_t> came = 0;
  together([&](int t) {
    for (int i = 0; i != rounds; ++i) {
      const auto n = static_cast<std::size_t>(rounds * t + i);
      world().bsend(std::vector<std::size_t>(n + 1, n), {.dest = next(), .tag = 9});
      const auto got = world().recv<std::vector<std::size_t>>({.source = cohort::any_source, .tag = 9});
      EXPECT_EQ(got, std::vector<std::size_t>(got.size(), got.size() - 1));
      came += got.size();
    }
  });
  const std::size_t all = rounds * threads_per_rank;
  EXPECT_EQ(came, all * (all + 1) / 2);
  world().flush_buffer();
}

TEST(threads, collectives_on_communicators_of_their_own) {
  std::vector<cohort::communicator> lanes;
  for (int t = 0; t != threads_per_rank; ++t) lanes.push_back(world().duplicate());
  const int size = world().size();
  const int self = world().rank();
  together([&](int t) {
    const auto& lane = lanes[static_cast<std::size_t>(t)];
    for (int i = 0; i != rounds; ++i) {
      EXPECT_EQ(lane.allreduce(t + i, std::plus{}), size * (t + i));
      EXPECT_EQ(lane.allreduce(self, [](int a, int b) { return a < b ? b : a; }), size - 1);
      EXPECT_EQ(lane.bcast(self == 0 ? std::string(static_cast<std::size_t>(100 * i), 'y') : std::string{}).size(),
                static_cast<std::size_t>(100 * i));
      const std::vector<int> mine(static_cast<std::size_t>(self + i), t);
      EXPECT_EQ(lane.allgatherv(mine).counts.back(), static_cast<std::size_t>(size - 1 + i));
      auto sum = lane.iallreduce(t, std::plus{});
      lane.barrier();
      EXPECT_EQ(sum.get(), size * t);
    }
  });
}

}  // namespace
