#include <cohort/core/environment.hpp>
#include <cohort/core/host_name.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <string>

namespace {

using cohort::thread_level;

TEST(environment, joins_the_one_that_is_there) {
  const cohort::environment env;
  EXPECT_FALSE(env.owns_mpi());
  EXPECT_EQ(env.requested_threads(), thread_level::funneled);
  EXPECT_GE(env.granted_threads(), thread_level::funneled);
  EXPECT_EQ(env.world().size(), cohort::test::world().size());
  EXPECT_EQ(env.world().rank(), cohort::test::world().rank());
  EXPECT_EQ(env.host(), cohort::host_name());
  EXPECT_FALSE(env.host().empty());
}

TEST(environment, its_world_is_a_duplicate) {
  const cohort::environment env;
  int relation = MPI_UNEQUAL;
  MPI_Comm_compare(env.world(), MPI_COMM_WORLD, &relation);
  EXPECT_EQ(relation, MPI_CONGRUENT);
  EXPECT_NE(env.world(), cohort::test::world());
}

TEST(environment, names_the_levels) {
  EXPECT_EQ(std::string{cohort::to_string(thread_level::single)}, "single");
  EXPECT_EQ(std::string{cohort::to_string(thread_level::funneled)}, "funneled");
  EXPECT_EQ(std::string{cohort::to_string(thread_level::serialized)}, "serialized");
  EXPECT_EQ(std::string{cohort::to_string(thread_level::multiple)}, "multiple");
}

TEST(environment, accepts_the_levels_it_has) {
  const cohort::environment env;
  EXPECT_NO_THROW(env.require_threads(thread_level::single));
  EXPECT_NO_THROW(env.require_threads(env.granted_threads()));
}

}  // namespace
