#include <cohort/core/communicator.hpp>
#include <cohort/core/op.hpp>
#include <cohort/p2p.hpp>

#include "support/world.hpp"

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/operations.hpp>
#include <gtest/gtest.h>

namespace {

using cohort::communicator;
using cohort::test::world;

TEST(boost_interop, made_from_a_boost_communicator) {
  const boost::mpi::communicator theirs;
  const communicator ours{theirs};
  EXPECT_EQ(ours.size(), theirs.size());
  EXPECT_NE(ours.native(), static_cast<MPI_Comm>(theirs));
  const communicator borrowed{theirs, cohort::ownership::borrow};
  EXPECT_EQ(borrowed.native(), static_cast<MPI_Comm>(theirs));
}

TEST(boost_interop, turns_into_a_boost_communicator_and_stays_ours) {
  const communicator ours = world().duplicate();
  {
    const auto theirs = static_cast<boost::mpi::communicator>(ours);
    EXPECT_EQ(static_cast<MPI_Comm>(theirs), ours.native());
    const auto sending = ours.isend(5, {.dest = ours.rank(), .tag = 3});
    int got = 0;
    theirs.recv(ours.rank(), 3, got);
    EXPECT_EQ(got, 5);
  }
  EXPECT_EQ(MPI_Barrier(ours), MPI_SUCCESS);
}

struct gcd {
  int operator()(int a, int b) const { return b == 0 ? a : (*this)(b, a % b); }
};
}  // namespace

template <>
struct boost::mpi::is_commutative<gcd, int> : boost::mpl::true_ {};

static_assert(cohort::commutative<gcd, int>);
static_assert(!cohort::commutative<gcd, long>);
static_assert(cohort::commutative<cohort::minimum, gcd>);
