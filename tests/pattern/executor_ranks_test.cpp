// Tasks of several ranks call MPI in threads of their own: what is said where MPI does not let them.

#include <cohort/pattern/executor.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

std::string refusal(cohort::task_context& here) {
  try {
    return here.communicator() ? "" : "none";
  } catch (const cohort::argument_error& e) {
    return e.what();
  }
}

TEST(executor_ranks, need_threads_that_may_call_mpi) {
  const cohort::communicator world{MPI_COMM_WORLD};
  const int status = cohort::run_executor(world, [&](cohort::executor& pool) {
    EXPECT_NE(pool.submit(refusal).get().find("thread_level::multiple"), std::string::npos);
    EXPECT_THROW((void)pool.with({.ranks = 0}), cohort::argument_error);
    try {
      (void)pool.with({.ranks = world.size()});
      EXPECT_EQ(world.size(), 1);  // an ordinary task
    } catch (const cohort::argument_error& e) {
      EXPECT_NE(std::string{e.what()}.find("{.threads = cohort::thread_level::multiple}"), std::string::npos);
    }
    EXPECT_EQ(pool.submit([] { return 1; }).get(), 1);
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
