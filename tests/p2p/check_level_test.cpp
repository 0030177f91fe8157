// Compiled with COHORT_CHECK_LEVEL=1: a receive of another type than was sent is found, whichever way it is
// received.

#include <cohort/collective/barrier.hpp>
#include <cohort/core/wait.hpp>
#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/pmpi_counter.hpp"
#include "support/refused.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::communicator;
using strings = std::vector<std::string>;
using table = std::map<int, double>;

constexpr int tag = 5;

/// Sends `what` around, in each way to send, and receives it with `receive`, which must throw with all of these in
/// its message; after that the next message is received as if nothing had been.
template <class T, class Receive>
void told(const T& what, const std::string& sent, const std::string& received, Receive&& receive,
          const char* file = __builtin_FILE()) {
  for (int way = 0; way != 3; ++way) {
    cohort::request<> leaving;
    if (way == 0) leaving = world().isend(what, {.dest = next(), .tag = tag});
    if (way == 1) leaving = world().issend(what, {.dest = next(), .tag = tag});
    if (way == 2) world().bsend(what, {.dest = next(), .tag = tag});
    const auto later = world().isend(std::string{"later"}, {.dest = next(), .tag = tag});
    try {
      receive();
      ADD_FAILURE() << "accepted; expected: " << sent << " as " << received;
    } catch (const cohort::error& e) {
      const std::string text = e.what();
      for (const auto& part :
           {" on rank " + std::to_string(world().rank()) + " (called at ", std::string{file},
            "from rank " + std::to_string(before()) + " with tag 5 holds " + sent, "and " + received}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\nis not in\n" << text;
      }
    }
    EXPECT_EQ(world().recv<std::string>({.source = before(), .tag = tag}), "later");
    leaving.wait();
  }
}

cohort::from specific() {
  return {.source = before(), .tag = tag};
}
constexpr cohort::from anything{.source = cohort::any_source, .tag = cohort::any_tag};

TEST(p2p_check_level, recv) {
  told(1.5F, "elements of type float", "elements of type int are received",
       [] { (void)world().recv<int>(specific()); });
  told(1.5, "elements of type double", "elements of type int are received",
       [] { (void)world().recv<int>(specific()); });
  told(std::vector<float>(3), "elements of type float", "elements of type int are received",
       [] { (void)world().recv<std::vector<int>>(anything); });
  told(std::vector<char>(7), "elements of type char", "elements of type double are received",
       [] { (void)world().recv<std::vector<double>>(specific()); });
  told(table{{1, 2}}, "an object of type std::map<int, double>",
       "an object of type std::vector<std::", [] { (void)world().recv<strings>(anything); });
  told(table{{1, 2}}, "an object of type std::map<int, double>", "elements of type int are received",
       [] { (void)world().recv<std::vector<int>>(specific()); });
}

TEST(p2p_check_level, recv_into) {
  double wide[3]{};
  told(std::vector<float>(6), "elements of type float", "elements of type double are received",
       [&] { world().recv_into(wide, anything); });
  told(std::vector<float>(600), "elements of type float", "elements of type double are received",
       [&] { world().recv_into(wide, anything); });
  std::vector<long> growing;
  told(std::vector<double>(6), "elements of type double", "elements of type long",
       [&] { world().recv_into(growing, specific()); });
}

TEST(p2p_check_level, posted_receives) {
  told(1.5F, "elements of type float", "elements of type int are received",
       [] { (void)world().irecv<int>(anything).get(); });
  told(std::vector<float>(9), "elements of type float", "elements of type int are received",
       [] { (void)world().irecv<int>(anything).get(); });
  told(std::vector<float>(3), "elements of type float", "elements of type int are received",
       [] { (void)world().irecv<std::vector<int>>(10, specific()).get(); });
  std::array<int, 3> place{};
  told(std::vector<float>(3), "elements of type float", "elements of type int are received", [&] {
    auto one = world().irecv_into(place, specific());
    while (!one.test()) std::this_thread::yield();
  });
  told(std::vector<float>(3), "elements of type float", "elements of type int are received", [&] {
    auto one = world().irecv_into(place, anything);
    cohort::wait_all(one);
  });
}

TEST(p2p_check_level, persistent_receives) {
  double place = 0;
  told(1.5F, "elements of type float", "elements of type double are received", [&] {
    auto one = world().recv_init(place, specific());
    one.start();
    one.wait();
  });
  auto send = world().send_init(place, {.dest = next(), .tag = tag});
  double came = 0;
  auto receive = world().recv_init(came, specific());
  for (int step = 0; step != 3; ++step) {
    place = step;
    start_all(send, receive);
    cohort::wait_all(send, receive);
    EXPECT_EQ(came, step);
    EXPECT_EQ(receive.wait().bytes(), sizeof(double));
  }
}

TEST(p2p_check_level, receives_of_unknown_length) {
  told(std::vector<float>(3), "elements of type float", "elements of type double are received",
       [] { (void)world().irecv<std::vector<double>>(anything).get(); });
  told(table{{1, 2}}, "an object of type std::map<int, double>", "an object of type std::vector<std::", [] {
    auto one = world().irecv<strings>(specific());
    while (!one.test()) std::this_thread::yield();
  });
}

TEST(p2p_check_level, probed_messages) {
  told(std::vector<float>(3), "elements of type float", "elements of type int are received",
       [] { (void)world().mprobe(anything).recv<std::vector<int>>(); });
  told(std::vector<float>(3), "elements of type float", "elements of type int are received",
       [] { (void)world().mprobe(anything).recv<int>(); });
}

TEST(p2p_check_level, both_directions) {
  const int self = world().rank();
  const auto around = [](auto&& call) {
    try {
      call();
      ADD_FAILURE() << "accepted";
    } catch (const cohort::error& e) {
      const std::string text = e.what();
      EXPECT_NE(text.find("elements of type float"), std::string::npos) << text;
      EXPECT_NE(text.find("from rank " + std::to_string(before())), std::string::npos) << text;
    }
  };
  const cohort::exchange with{.dest = next(), .source = before()};
  around([&] { (void)world().sendrecv<int>(1.5F, with); });
  around([&] { (void)world().sendrecv<std::vector<int>>(std::vector<float>(3), with); });
  double place[2]{};
  around([&] { world().sendrecv_into(1.5F, place, with); });
  const auto sending = world().isend(2.5F, {.dest = next()});
  double both = 1;
  around([&] { world().sendrecv_replace(both, with); });
  EXPECT_EQ(world().recv<double>({.source = before()}), 1);
  world().sendrecv_replace(both, with);
  int rank = self;
  EXPECT_EQ(world().sendrecv_replace(rank, with).bytes(), sizeof(int));
  EXPECT_EQ(rank, before());
}

/// What is the same in a message may be held by anything.
TEST(p2p_check_level, what_fits_together_passes) {
  const auto around = [](const auto& what, auto& place) {
    const auto leaving = world().isend(what, {.dest = next()});
    const auto info = world().recv_into(place, {.source = before()});
    EXPECT_EQ(info.source(), before());
    return info.bytes();
  };
  std::vector<int> vector;
  EXPECT_EQ(around(std::array{1, 2, 3}, vector), 3 * sizeof(int));
  EXPECT_EQ(vector, (std::vector{1, 2, 3}));
  std::array<std::array<int, 2>, 2> square{};
  EXPECT_EQ(around(std::vector{1, 2, 3, 4}, square), 4 * sizeof(int));
  EXPECT_EQ(square[1][1], 4);
  std::string text;
  EXPECT_EQ(around(std::string_view{"text"}, text), 4U);
  EXPECT_EQ(text, "text");
  strings words;
  const strings two{"one", "two"};
  around(std::list<std::string>{"one", "two"}, words);
  EXPECT_EQ(words, two);
  struct point {
    int x, y;
  };
  std::vector<std::byte> bytes;
  EXPECT_EQ(around(point{1, 2}, bytes), sizeof(point));
  point back{};
  around(bytes, back);
  EXPECT_EQ(back.y, 2);
  std::vector<int> empty{1};
  EXPECT_EQ(around(std::vector<int>{}, empty), 0U);
  EXPECT_TRUE(empty.empty());
}

TEST(p2p_check_level, probes_tell_of_the_data_alone) {
  const auto leaving = world().isend(std::vector<int>(5), {.dest = next(), .tag = tag});
  EXPECT_EQ(world().probe(specific()).count<int>(), 5U);
  EXPECT_EQ(world().mprobe(specific()).info().count<int>(), 5U);  // and throws it away
  const auto second = world().isend(table{}, {.dest = next(), .tag = tag});
  while (!world().iprobe(specific())) std::this_thread::yield();
  (void)world().mprobe(specific()).recv<table>();
  EXPECT_EQ(world().recv<int>({.source = cohort::proc_null}), 0);
  EXPECT_EQ(world().irecv<int>({.source = cohort::proc_null}).wait().bytes(), 0U);
  EXPECT_TRUE(world().recv<std::vector<int>>({.source = cohort::proc_null}).empty());
}

TEST(p2p_check_level, a_cancelled_receive_is_no_error) {
  auto one = world().irecv<int>({.source = before(), .tag = tag});
  one.cancel();
  EXPECT_TRUE(one.wait().cancelled());
}

TEST(p2p_check_level, a_message_of_another_level) {
  const std::vector<int> numbers(100);
  MPI_Request leaving = MPI_REQUEST_NULL;
  MPI_Isend(numbers.data(), 100, MPI_INT, next(), tag, world(), &leaving);
  try {
    (void)world().recv<std::vector<int>>(specific());
    ADD_FAILURE() << "accepted";
  } catch (const cohort::error& e) {
    EXPECT_NE(std::string{e.what()}.find("has no record of its type"), std::string::npos) << e.what();
  }
  MPI_Wait(&leaving, MPI_STATUS_IGNORE);
}

TEST(p2p_check_level, costs_no_further_message) {
  const call_counter counter;
  const auto leaving = world().isend(1, {.dest = next()});
  (void)world().recv<int>({.source = before()});
  EXPECT_EQ(counter.count("MPI_Isend"), 1);
  EXPECT_EQ(counter.count("MPI_Recv"), 1);
}

TEST(p2p_check_level, a_call_from_a_wrong_thread) {
  int granted = MPI_THREAD_SINGLE;
  MPI_Query_thread(&granted);
  if (granted > MPI_THREAD_FUNNELED) GTEST_SKIP();
  std::thread{[] {
    const std::string what = "called by another thread than the one that initialised MPI";
    refused(what, [] { world().send(1, {.dest = cohort::proc_null}); });
    refused(what, [] { (void)world().irecv<int>({.source = cohort::proc_null}); });
    refused(what, [] { world().barrier(); });
  }}.join();
  world().send(1, {.dest = cohort::proc_null});
}

}  // namespace
