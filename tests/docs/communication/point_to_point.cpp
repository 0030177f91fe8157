// The examples of docs/communication.md between two ranks.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

/// Runs on ranks 0 and 1 of a job that has them.
bool takes_part() {
  return world().size() > 1 && world().rank() < 2;
}

TEST(docs_p2p, send_and_recv) {
  if (!takes_part()) return;
  const int rank = world().rank();
  // example: send
  std::map<std::string, std::vector<double>> results{{"a", {1, 2}}, {"b", {}}};
  if (rank == 0) world().send(results, {.dest = 1, .tag = 7});
  if (rank == 1) {
    cohort::status info;
    results = world().recv<decltype(results)>({.source = cohort::any_source}, info);
    EXPECT_EQ(info.source(), 0);
    EXPECT_EQ(info.tag(), 7);
  }
  // end
  EXPECT_EQ(results.size(), 2U);
}

TEST(docs_p2p, recv_into) {
  if (!takes_part()) return;
  const int rank = world().rank();
  // example: recv_into
  std::vector<double> row(100, rank);
  if (rank == 0) world().send(row, {.dest = 1});
  if (rank == 1) world().recv_into(std::span{row}, {.source = 0});  // no allocation, at most 100
  // end
  EXPECT_EQ(row, std::vector<double>(100, 0));
}

TEST(docs_p2p, without_blocking) {
  if (!takes_part()) return;
  const int other = 1 - world().rank();
  // example: isend
  std::vector<double> mine(1000, world().rank());
  auto going = world().isend(mine, {.dest = other});                          // borrows mine
  auto coming = world().irecv<std::vector<double>>(1000, {.source = other});  // owns its buffer, room for 1000
  cohort::wait_all(going, coming);
  auto theirs = coming.get();
  // end
  EXPECT_EQ(theirs, std::vector<double>(1000, other));
}

TEST(docs_p2p, nobody) {
  const int rank = world().rank();
  const int size = world().size();
  // example: proc_null
  int from_left = -1;
  const int left = rank == 0 ? cohort::proc_null : rank - 1;  // nobody: the ranks are in a line, not in a ring
  const int right = rank + 1 == size ? cohort::proc_null : rank + 1;
  const auto info = world().sendrecv_into(rank, from_left, {.dest = right, .source = left});
  EXPECT_EQ(from_left, rank - 1);  // from nobody comes nothing: -1 stays
  EXPECT_EQ(info.source(), left);
  // end
}

TEST(docs_p2p, of_unknown_length) {
  if (!takes_part()) return;
  const int other = 1 - world().rank();
  // example: irecv_unknown
  auto first = world().irecv<std::string>({.source = other});
  auto second = world().irecv<std::string>({.source = other});
  world().send(std::string{"one"}, {.dest = other});
  world().send(std::string{"two"}, {.dest = other});
  EXPECT_EQ(second.get(), "two");  // in whatever order they are waited for
  EXPECT_EQ(first.get(), "one");
  // end
}

TEST(docs_p2p, many_requests) {
  if (!takes_part()) return;
  const int other = 1 - world().rank();
  // example: wait_any
  std::vector<cohort::request<int>> coming;
  for (int tag = 0; tag != 3; ++tag) coming.push_back(world().irecv<int>({.source = other, .tag = tag}));
  for (int tag = 0; tag != 3; ++tag) world().send(10 * tag, {.dest = other, .tag = tag});
  int sum = 0;
  while (const auto done = cohort::wait_any(coming)) sum += coming[*done].get();
  // end
  EXPECT_EQ(sum, 30);
}

TEST(docs_p2p, modes) {
  if (!takes_part()) return;
  const int other = 1 - world().rank();
  // example: bsend
  world().bsend(std::string(100'000, 'x'), {.dest = other});  // returns at once, whatever the other does
  const auto text = world().recv<std::string>({.source = other});
  // end
  EXPECT_EQ(text.size(), 100'000U);
  // example: ssend
  if (world().rank() == 0) world().ssend(1, {.dest = 1});  // returns when rank 1 has begun to receive
  if (world().rank() == 1) (void)world().recv<int>({.source = 0});
  // end
}

TEST(docs_p2p, exchanges) {
  const auto& w = world();
  const int next = (w.rank() + 1) % w.size();
  const int previous = (w.rank() + w.size() - 1) % w.size();
  // example: sendrecv
  auto from_left =
      world().sendrecv<std::string>(std::to_string(world().rank()), {.dest = next, .source = previous});
  int value = world().rank();
  world().sendrecv_replace(value, {.dest = next, .source = previous});
  // end
  EXPECT_EQ(from_left, std::to_string(previous));
  EXPECT_EQ(value, previous);
}

TEST(docs_p2p, persistent) {
  const auto& w = world();
  const int next = (w.rank() + 1) % w.size();
  const int previous = (w.rank() + w.size() - 1) % w.size();
  // example: persistent
  double mine = 0;
  double theirs = 0;
  auto send = world().send_init(mine, {.dest = next});
  auto receive = world().recv_init(theirs, {.source = previous});
  for (int step = 0; step != 3; ++step) {
    mine = step;
    send.start();
    receive.start();
    cohort::wait_all(send, receive);
  }
  // end
  EXPECT_EQ(theirs, 2);
}

TEST(docs_p2p, probing) {
  if (!takes_part()) return;
  // example: mprobe
  if (world().rank() == 0) world().send(std::vector<int>{1, 2, 3}, {.dest = 1, .tag = 5});
  if (world().rank() == 1) {
    auto message = world().mprobe();  // out of the matching: nobody else can receive it
    if (message.tag() == 5) {
      EXPECT_EQ(message.recv<std::vector<int>>().size(), 3U);
    }
  }
  // end
}

}  // namespace
