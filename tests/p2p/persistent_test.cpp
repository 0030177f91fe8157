#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::persistent_request;

static_assert(!std::is_copy_constructible_v<persistent_request> && !std::is_copy_assignable_v<persistent_request>);
static_assert(std::is_nothrow_move_constructible_v<persistent_request>);
static_assert(std::is_nothrow_move_assignable_v<persistent_request>);

/// The text of the argument_error that `call` ends in.
template <class Call>
std::string refusal(Call&& call) {
  try {
    call();
  } catch (const cohort::argument_error& e) {
    return e.what();
  }
  return "accepted";
}

TEST(persistent, goes_round_again_and_again) {
  for (const std::size_t n : {0U, 1U, 50000U}) {
    std::vector<double> out(n);
    std::vector<double> in(n);
    auto leaving = world().send_init(out, {.dest = next(), .tag = 1});
    auto coming = world().recv_init(std::span{in}, {.source = before(), .tag = 1});
    for (std::uint64_t turn = 0; turn != 5; ++turn) {
      std::ranges::copy(random_vector<double>(n, salt(world().rank(), turn)), out.begin());  // not a new memory
      coming.start();
      leaving.start();
      EXPECT_TRUE(coming.active() && leaving.active());
      const auto info = coming.wait();
      leaving.wait();
      EXPECT_FALSE(coming.active() || leaving.active());
      EXPECT_EQ(info.source(), before());
      EXPECT_EQ(info.count<double>(), n);
      EXPECT_EQ(coming.wait().count<double>(), n);  // told again
      EXPECT_EQ(in, random_vector<double>(n, salt(before(), turn)));
    }
  }
}

TEST(persistent, meets_the_messages_of_mpi) {
  int value = 0;
  auto coming = world().recv_init(value, {.source = before(), .tag = 4});
  coming.start();
  const int mine = 100 + world().rank();
  MPI_Request sent = MPI_REQUEST_NULL;
  MPI_Isend(&mine, 1, MPI_INT, next(), 4, world(), &sent);
  while (!coming.test()) {
  }
  EXPECT_TRUE(coming.test());
  EXPECT_EQ(value, 100 + before());
  MPI_Wait(&sent, MPI_STATUS_IGNORE);
}

TEST(persistent, synchronous_send_waits_for_its_receiver) {
  const int value = 3;
  auto leaving = world().ssend_init(value, {.dest = world().rank(), .tag = 1});
  leaving.start();
  for (int i = 0; i != 20; ++i) EXPECT_FALSE(leaving.test());
  EXPECT_EQ(world().recv<int>({.source = world().rank(), .tag = 1}), 3);
  leaving.wait();
}

TEST(persistent, start_all_and_wait_all) {
  std::array<int, 40> in{};
  std::vector<int> out(40);
  std::vector<persistent_request> all;
  for (std::size_t i = 0; i != in.size(); ++i) {
    all.push_back(world().recv_init(in[i], {.source = before(), .tag = static_cast<int>(i)}));
    all.push_back(world().send_init(out[i], {.dest = next(), .tag = static_cast<int>(i)}));
  }
  for (int turn = 0; turn != 3; ++turn) {
    for (std::size_t i = 0; i != out.size(); ++i) out[i] = 1000 * turn + 40 * world().rank() + static_cast<int>(i);
    start_all(all);
    wait_all(all);
    for (std::size_t i = 0; i != in.size(); ++i) {
      EXPECT_EQ(in[i], 1000 * turn + 40 * before() + static_cast<int>(i));
    }
    for (const auto& each : all) EXPECT_FALSE(each.active());
  }
  start_all(all[0], all[1]);
  wait_all(all[0], all[1]);
}

TEST(persistent, destructor_completes_what_is_active) {
  int value = 0;
  {
    auto coming = world().recv_init(value, {.source = before(), .tag = 1});
    coming.start();
    const auto leaving = world().isend(world().rank() + 1, {.dest = next(), .tag = 1});
  }
  EXPECT_EQ(value, before() + 1);
}

TEST(persistent, moves_and_is_completed_by_what_moves_onto_it) {
  const int here = world().rank();
  int first = 0;
  int second = 0;
  auto a = world().recv_init(first, {.source = here, .tag = 1});
  a.start();
  auto b = std::move(a);
  EXPECT_FALSE(a.active());  // NOLINT(bugprone-use-after-move): tested
  EXPECT_TRUE(b.active());
  world().isend(10, {.dest = here, .tag = 1}).wait();
  b = world().recv_init(second, {.source = here, .tag = 2});
  EXPECT_EQ(first, 10);
  b.start();
  world().isend(20, {.dest = here, .tag = 2}).wait();
  b.wait();
  EXPECT_EQ(second, 20);
}

TEST(persistent, a_cancelled_receive_can_be_started_again) {
  int value = 0;
  auto coming = world().recv_init(value, {.source = world().rank(), .tag = 9});
  coming.start();
  coming.cancel();
  EXPECT_TRUE(coming.wait().cancelled());
  coming.start();
  world().isend(8, {.dest = world().rank(), .tag = 9}).wait();
  EXPECT_FALSE(coming.wait().cancelled());
  EXPECT_EQ(value, 8);
}

TEST(persistent, does_not_hold_up_an_exception) {
  try {
    int value = 0;
    auto coming = world().recv_init(value, {.source = world().rank(), .tag = 9});
    auto idle = world().recv_init(value, {.source = world().rank(), .tag = 9});
    coming.start();
    throw std::runtime_error{"thrown"};
  } catch (const std::runtime_error&) {
  }
  world().isend(1, {.dest = world().rank(), .tag = 9}).wait();
  EXPECT_EQ(world().recv<int>({.source = world().rank(), .tag = 9}), 1);  // the receive was cancelled
}

TEST(persistent, keeps_its_communicator) {
  int value = 0;
  auto own = world().duplicate();
  auto coming = own.recv_init(value, {.source = own.rank()});
  own = world();
  coming.start();
  coming.cancel();
  EXPECT_TRUE(coming.wait().cancelled());
}

TEST(persistent, refuses_to_start_what_cannot_be_started) {
  int value = 0;
  auto coming = world().recv_init(value, {.source = world().rank(), .tag = 1});
  auto idle = world().recv_init(value, {.source = world().rank(), .tag = 1});
  persistent_request empty;
  coming.start();
  const auto twice = refusal([&] { coming.start(); });
  EXPECT_NE(
      twice.find("the transfer is active (it was started and is not known to be complete); wait() for it first"),
      std::string::npos)
      << twice;
  EXPECT_NE(twice.find("p2p/persistent_test.cpp:"), std::string::npos) << twice;
  EXPECT_NE(
      refusal([&] { empty.start(); }).find("there is nothing to start (it is empty, was moved from, or ended in"),
      std::string::npos);
  EXPECT_NE(refusal([&] { start_all(idle, coming); }).find("the transfer is active"), std::string::npos);
  EXPECT_FALSE(idle.active());  // checked before any is started
  EXPECT_FALSE(empty.active());
  EXPECT_TRUE(empty.test());
  empty.wait();
  empty.cancel();
  coming.cancel();
  EXPECT_TRUE(coming.wait().cancelled());
}

TEST(persistent, an_error_names_its_operation_and_ends_it) {
  const int here = world().rank();
  world().isend(std::vector{1, 2, 3}, {.dest = here, .tag = 1}).wait();
  int value = 0;
  auto coming = world().recv_init(value, {.source = here, .tag = 1});
  coming.start();
  try {
    coming.wait();
    ADD_FAILURE() << "accepted";
  } catch (const cohort::mpi_error& e) {
    EXPECT_EQ(e.error_class(), MPI_ERR_TRUNCATE);
    EXPECT_STREQ(e.routine(), "MPI_Recv_init");
    EXPECT_EQ(e.tag(), 1);
  }
  EXPECT_FALSE(coming.active());
  EXPECT_NE(refusal([&] { coming.start(); }).find("ended in an error"), std::string::npos);
}

}  // namespace
