#include <cohort/collective/barrier.hpp>
#include <cohort/core/communicator.hpp>
#include <cohort/p2p.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace {

using cohort::communicator;
using cohort::ownership;
using cohort::test::world;

int relation_to_world(MPI_Comm comm) {
  int relation = MPI_UNEQUAL;
  MPI_Comm_compare(comm, MPI_COMM_WORLD, &relation);
  return relation;
}

TEST(communicator, default_is_empty) {
  const communicator none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(none.rank(), cohort::unset);
  EXPECT_EQ(none.native(), MPI_COMM_NULL);
  EXPECT_EQ(none, communicator{});
}

TEST(communicator, knows_rank_and_size) {
  int rank = -1;
  int size = -1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  EXPECT_EQ(world().rank(), rank);
  EXPECT_EQ(world().size(), size);
  EXPECT_TRUE(world());
}

TEST(communicator, copies_name_the_same_and_the_last_one_frees) {
  communicator a = world().duplicate();
  communicator b = a;
  EXPECT_EQ(a, b);
  a = {};
  EXPECT_FALSE(a);
  EXPECT_NO_THROW(b.barrier());
  const communicator c = std::move(b);
  EXPECT_FALSE(b);  // NOLINT(bugprone-use-after-move): a moved-from communicator is empty
  EXPECT_NO_THROW(c.barrier());
}

TEST(communicator, duplicate_has_messages_of_its_own) {
  const auto other = world().duplicate();
  EXPECT_EQ(relation_to_world(other), MPI_CONGRUENT);
  EXPECT_NE(other, world());
  const int here = world().rank();
  auto first = world().isend(1, {.dest = here, .tag = 4});
  auto second = other.isend(2, {.dest = here, .tag = 4});
  EXPECT_EQ(other.recv<int>({.source = here, .tag = 4}), 2);
  EXPECT_EQ(world().recv<int>({.source = here, .tag = 4}), 1);
}

TEST(communicator, a_message_on_comm_world_never_meets_ours) {
  const int here = world().rank();
  int theirs = 1;
  MPI_Request sending = MPI_REQUEST_NULL;
  MPI_Isend(&theirs, 1, MPI_INT, here, 9, MPI_COMM_WORLD, &sending);
  EXPECT_FALSE(world().iprobe());
  auto ours = world().isend(2, {.dest = here, .tag = 9});
  EXPECT_EQ(world().recv<int>(), 2);
  int got = 0;
  MPI_Recv(&got, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  EXPECT_EQ(got, 1);
  MPI_Wait(&sending, MPI_STATUS_IGNORE);
}

TEST(communicator, split_by_color_orders_by_key) {
  const int here = world().rank();
  const auto part = world().split(here % 2, -here);
  const int even = (world().size() + 1) / 2;
  EXPECT_EQ(part.size(), here % 2 == 0 ? even : world().size() - even);
  EXPECT_EQ(part.rank(), part.size() - 1 - here / 2);
}

TEST(communicator, split_without_color_takes_no_part) {
  const bool part_of_it = world().rank() != 0;
  const auto rest = world().split(part_of_it ? std::optional{7} : std::nullopt);
  EXPECT_EQ(static_cast<bool>(rest), part_of_it);
  EXPECT_EQ(rest.size(), part_of_it ? world().size() - 1 : 0);
}

TEST(communicator, split_shared_finds_the_node) {
  EXPECT_EQ(world().split_shared().size(), world().size());  // tests run on one machine
  const auto reversed = world().split_shared(-world().rank());
  EXPECT_EQ(reversed.rank(), world().size() - 1 - world().rank());
}

TEST(communicator, takes_over_by_duplicate) {
  const communicator copy{MPI_COMM_WORLD};
  EXPECT_EQ(relation_to_world(copy), MPI_CONGRUENT);
}

TEST(communicator, borrows) {
  MPI_Comm theirs = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &theirs);
  {
    const communicator borrowed{theirs, ownership::borrow};
    EXPECT_EQ(borrowed.native(), theirs);
    EXPECT_NO_THROW(borrowed.barrier());
  }
  EXPECT_EQ(MPI_Barrier(theirs), MPI_SUCCESS);  // it is still there
  MPI_Comm_free(&theirs);
}

int freed = 0;
int count_free(MPI_Comm, int, void*, void*) {
  ++freed;
  return MPI_SUCCESS;
}

TEST(communicator, adopts_and_frees_once) {
  MPI_Comm theirs = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &theirs);
  int key = MPI_KEYVAL_INVALID;
  MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, &count_free, &key, nullptr);
  MPI_Comm_set_attr(theirs, key, nullptr);
  freed = 0;
  {
    const communicator adopted{theirs, ownership::adopt};
    const auto copy = adopted;  // NOLINT(performance-unnecessary-copy-initialization)
    EXPECT_EQ(copy.native(), theirs);
    EXPECT_EQ(freed, 0);
  }
  EXPECT_EQ(freed, 1);
  MPI_Comm_free_keyval(&key);
}

TEST(communicator, many_come_and_go) {
  // Open MPI gives out context ids anew only if they are freed: this would run out of them if we leaked.
  for (int i = 0; i != 300; ++i) {
    const auto copy = world().duplicate();
    EXPECT_TRUE(copy);
  }
}

TEST(communicator, converts_to_mpi_comm) {
  int size = 0;
  MPI_Comm_size(world(), &size);
  EXPECT_EQ(size, world().size());
}

}  // namespace
