// Tests that fail on purpose, run one at a time by the tests of the test main.

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

bool last() {
  return cohort::test::world().rank() == cohort::test::world().size() - 1;
}
void wait_for_all() {
  MPI_Barrier(cohort::test::world());
}

TEST(subject, DISABLED_passes) {
  wait_for_all();
}
TEST(subject, DISABLED_fails_on_the_last) {
  EXPECT_FALSE(last());
  wait_for_all();
}
TEST(subject, DISABLED_throws_on_the_last) {
  if (last()) throw std::runtime_error{"thrown by a test"};
  wait_for_all();
}
TEST(subject, DISABLED_fatal_on_the_last) {
  ASSERT_FALSE(last());
  wait_for_all();
}

}  // namespace
