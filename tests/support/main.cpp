// The main function of tests that run under mpirun, at any number of ranks. Takes GoogleTest's arguments.
// Its exit status is the same on all ranks: 0 if at least one test ran and none failed on any rank.

#include <cohort/core/environment.hpp>

#include "support/failure_listener.hpp"
#include "support/random.hpp"
#include "support/threads.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

namespace {

int run(const cohort::communicator& world, MPI_Comm lane) {
  auto& all = *testing::UnitTest::GetInstance();
  auto& listeners = all.listeners();
  std::unique_ptr<testing::TestEventListener> printer{listeners.Release(listeners.default_result_printer())};
  if (world.rank() != 0) printer.reset();
  listeners.Append(new cohort::test::failure_listener{std::move(printer), lane});

  int status = RUN_ALL_TESTS();
  if (!testing::GTEST_FLAG(list_tests) && all.test_to_run_count() == 0) {
    if (world.rank() == 0) std::fputs("no test was run (is the filter right?)\n", stderr);
    status = 1;
  }
  PMPI_Allreduce(MPI_IN_PLACE, &status, 1, MPI_INT, MPI_MAX, lane);
  return status;
}

}  // namespace

/// A definition in the test program comes before this one.
__attribute__((weak)) cohort::thread_level cohort::test::threads() {
  return thread_level::funneled;
}

int main(int argc, char** argv) {
  const cohort::environment env{argc, argv, {.threads = cohort::test::threads()}};
  testing::InitGoogleTest(&argc, argv);
  // An exception that leaves a test must end the job, with its rank named: the other ranks may wait for this one.
  testing::GTEST_FLAG(catch_exceptions) = false;
  cohort::test::set_world(env.world());
  testing::GTEST_FLAG(random_seed) = static_cast<int>(cohort::test::seed() % 99999);  // the same order everywhere
  MPI_Comm lane = MPI_COMM_NULL;
  PMPI_Comm_dup(MPI_COMM_WORLD, &lane);
  const int status = run(env.world(), lane);
  PMPI_Comm_free(&lane);
  return status;
}
