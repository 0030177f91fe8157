// The duplicate that collectives use for messages belongs to the MPI_Comm, not to the object that wraps it.

#include <cohort/collective.hpp>

#include "cases.hpp"
#include "support/pmpi_counter.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::communicator;
using cohort::ownership;

TEST(shadow, is_shared_by_all_wrappers_of_one_communicator) {
  MPI_Comm raw = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &raw);
  const std::vector<int> mine(1000, world().rank());
  {
    const communicator first{raw, ownership::borrow};
    (void)first.gatherv(mine);
  }
  const communicator second{raw, ownership::borrow};
  long duplicated = 0;
  {
    const call_counter counter;
    (void)second.gatherv(mine);
    duplicated = counter.count("MPI_Comm_dup");
  }
  EXPECT_EQ(duplicated, 0);
  if (duplicated == 0) {
    // Ranks may use different wrappers, and differently many.
    const communicator third{raw, ownership::borrow};
    const auto got = (world().rank() % 2 == 0 ? third : second).gatherv(mine);
    EXPECT_EQ(got.values.size(), world().rank() == 0 ? 1000 * ranks() : 0);
  }
  const call_counter counter;
  MPI_Comm_free(&raw);
  EXPECT_EQ(counter.count("MPI_Comm_free"), 2) << "the duplicate ends with its communicator";
}

TEST(shadow, numbers_sparse_exchanges_for_all_wrappers) {
  const auto owner = world().duplicate();
  const std::map<int, int> out{{(world().rank() + 1) % world().size(), world().rank()}};
  const auto previous = (world().rank() + world().size() - 1) % world().size();
  EXPECT_EQ(owner.sparse_alltoall(out).at(previous), previous);
  const communicator other{owner.native(), ownership::borrow};
  EXPECT_EQ((world().rank() % 2 == 0 ? owner : other).sparse_alltoall(out).at(previous), previous);
}

TEST(shadow, of_a_duplicate_is_its_own) {
  const auto one = world().duplicate();
  (void)one.gatherv(std::vector<int>(1000));
  const auto two = one.duplicate();
  const call_counter counter;
  (void)two.gatherv(std::vector<int>(1000));
  EXPECT_EQ(counter.count("MPI_Comm_dup"), 1);
}

}  // namespace
