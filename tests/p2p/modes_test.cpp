// The other ways to send: ssend, rsend, bsend and their non-blocking forms, and sendrecv_replace.

#include <cohort/p2p.hpp>

#include "ring.hpp"
#include "support/random.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;

constexpr std::size_t sizes[] = {0, 1, 500, 60000};

std::vector<double> data(int rank, std::size_t n) {
  return random_vector<double>(n, salt(rank, n));
}
cohort::exchange around() {
  return {.dest = next(), .source = before(), .sendtag = 3, .recvtag = 3};
}

/// What `send` sends to the next rank arrives, received by MPI.
template <class Send>
void arrives(const Send& send) {
  for (const auto n : sizes) {
    std::vector<double> room(n);
    MPI_Request coming = MPI_REQUEST_NULL;
    MPI_Irecv(room.data(), static_cast<int>(n), MPI_DOUBLE, before(), 3, world(), &coming);
    MPI_Barrier(world());  // a ready send needs the receive to be posted
    send(data(world().rank(), n), cohort::to{.dest = next(), .tag = 3});
    MPI_Wait(&coming, MPI_STATUS_IGNORE);
    EXPECT_EQ(room, data(before(), n)) << n;
  }
}

TEST(modes, vectors_arrive) {
  arrives([](const auto& what, cohort::to where) { world().ssend(what, where); });
  arrives([](const auto& what, cohort::to where) { world().rsend(what, where); });
  arrives([](const auto& what, cohort::to where) { world().bsend(what, where); });
  arrives([](const auto& what, cohort::to where) { world().issend(what, where).wait(); });
  arrives([](const auto& what, cohort::to where) { world().irsend(what, where).wait(); });
  arrives([](auto what, cohort::to where) {
    const auto copy = what;
    EXPECT_EQ(world().issend(std::move(what), where).get(), copy);
  });
}

TEST(modes, values_texts_and_objects_arrive) {
  const std::map<int, std::string> table{{world().rank(), "x"}};
  const auto here = world().rank();
  const cohort::to self{.dest = here, .tag = 1};
  auto value = world().irecv<int>({.source = here, .tag = 1});
  world().ssend(here + 5, self);
  EXPECT_EQ(value.get(), here + 5);
  auto packed = world().issend(table, self);
  EXPECT_EQ((world().recv<std::map<int, std::string>>({.source = here, .tag = 1})), table);
  packed.wait();
  world().bsend(table, self);
  world().bsend(std::string{"text"}, self);
  world().bsend(particle{'a', {1, 2, 3}, 4}, self);
  const int three[3] = {1, 2, 3};
  world().bsend(three, self);
  EXPECT_EQ((world().recv<std::map<int, std::string>>({.source = here, .tag = 1})), table);
  EXPECT_EQ(world().recv<std::string>({.source = here, .tag = 1}), "text");
  EXPECT_EQ(world().recv<particle>({.source = here, .tag = 1}), (particle{'a', {1, 2, 3}, 4}));
  EXPECT_EQ(world().recv<std::vector<int>>({.source = here, .tag = 1}), (std::vector{1, 2, 3}));
  world().flush_buffer();
}

TEST(modes, issend_is_not_complete_before_the_receiver_is_there) {
  auto leaving = world().issend(1, {.dest = world().rank(), .tag = 1});
  for (int i = 0; i != 20; ++i) EXPECT_FALSE(leaving.test());
  EXPECT_EQ(world().recv<int>({.source = world().rank(), .tag = 1}), 1);
  leaving.wait();
}

TEST(bsend, waits_for_nobody_and_keeps_what_was_sent) {
  constexpr std::size_t n = 100000;  // beyond any eager limit: MPI reads the copy later
  auto mine = data(world().rank(), n);
  for (int i = 0; i != 3; ++i) world().bsend(mine, {.dest = next(), .tag = i});
  mine.assign(n, -1.0);
  for (int i = 2; i >= 0; --i) {
    EXPECT_EQ(world().recv<std::vector<double>>({.source = before(), .tag = i}), data(before(), n));
  }
  world().flush_buffer();
}

TEST(bsend, frees_the_copies_that_have_left) {
  auto own = world().duplicate();
  auto& state = cohort::detail::access::state(own, "test", {});
  const auto rank = own.rank();
  const std::vector<double> large(100000, 1.0);
  for (int i = 0; i != 10; ++i) own.bsend(large, {.dest = rank});
  EXPECT_EQ(state.buffered.size(), 10U);
  for (int i = 0; i != 10; ++i) (void)own.recv<std::vector<double>>({.source = rank});
  own.bsend(1, {.dest = rank});
  EXPECT_EQ(state.buffered.size(), 1U);
  own.flush_buffer();
  EXPECT_EQ(state.buffered.size(), 0U);
  EXPECT_EQ(own.recv<int>({.source = rank}), 1);
}

TEST(bsend, is_complete_when_the_communicator_is_freed) {
  const auto mine = data(world().rank(), 80000);
  std::vector<double> room(mine.size());
  cohort::request<void> coming;
  {
    auto own = world().duplicate();
    coming = own.irecv_into(room, {.source = before()});
    own.bsend(mine, {.dest = next()});
  }
  coming.wait();
  EXPECT_EQ(room, data(before(), room.size()));
}

TEST(bsend, is_let_go_when_an_exception_frees_the_communicator) {
  auto kept = world().duplicate();
  try {
    auto own = world().duplicate();
    own.bsend(std::vector<double>(100000, 1.0), {.dest = own.rank()});  // never received
    throw std::runtime_error{"thrown"};
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(kept.sendrecv<int>(world().rank(), {.dest = next(), .source = before()}), before());
}

TEST(sendrecv_replace, is_that_of_mpi) {
  int value = world().rank();
  int expected = world().rank();
  MPI_Sendrecv_replace(&expected, 1, MPI_INT, next(), 1, before(), 1, world(), MPI_STATUS_IGNORE);
  const auto info = world().sendrecv_replace(value, around());
  EXPECT_EQ(value, expected);
  EXPECT_EQ(info.source(), before());
  EXPECT_EQ(info.tag(), 3);
  for (const auto n : sizes) {
    auto whole = data(world().rank(), n);
    EXPECT_EQ(world().sendrecv_replace(std::span{whole}, around()).count<double>(), n);
    EXPECT_EQ(whole, data(before(), n));
    whole = data(world().rank(), n);
    world().sendrecv_replace(whole, around());
    EXPECT_EQ(whole, data(before(), n));
  }
}

TEST(sendrecv_replace, with_nobody_changes_nothing) {
  int value = 7;
  world().sendrecv_replace(value, {.dest = cohort::proc_null, .source = cohort::proc_null});
  EXPECT_EQ(value, 7);
}

TEST(cancel, a_receive_that_met_nothing) {
  int room = 5;
  auto owned = world().irecv<std::vector<int>>(3, {.source = before(), .tag = 70});
  auto into = world().irecv_into(room, {.source = cohort::any_source, .tag = 71});
  owned.cancel();
  into.cancel();
  EXPECT_TRUE(owned.wait().cancelled());
  EXPECT_TRUE(into.wait().cancelled());
  EXPECT_EQ(room, 5);
  EXPECT_EQ(owned.get().size(), 3U);  // as it was made
}

TEST(cancel, comes_too_late_for_a_receive_that_met_its_message_and_for_any_send) {
  const int here = world().rank();
  auto leaving = world().isend(1, {.dest = here, .tag = 1});
  auto coming = world().irecv<int>({.source = here, .tag = 1});
  coming.cancel();
  EXPECT_FALSE(coming.wait().cancelled());
  EXPECT_EQ(coming.get(), 1);
  leaving.cancel();
  EXPECT_FALSE(leaving.wait().cancelled());
}

}  // namespace
