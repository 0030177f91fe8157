// What each rank does before its first task.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/rank_error.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// What an initializer leaves for the tasks of its rank, which are functions of the program.
int& table_of_this_rank() {
  static int table = 0;
  return table;
}

int look(int times) {
  return times * table_of_this_rank();
}

class executor_initializer : public testing::Test {
 protected:
  void SetUp() override { table_of_this_rank() = 0; }
  cohort::communicator world{MPI_COMM_WORLD};
};

TEST_F(executor_initializer, is_called_once_on_each_rank_before_its_tasks) {
  int ready_everywhere = 0;
  const auto initializer = [&] {
    table_of_this_rank() += 5;
    ready_everywhere = world.allreduce(1, std::plus{});  // it may call MPI
  };
  const auto body = [&](cohort::executor& pool) {
    EXPECT_EQ(ready_everywhere, world.size());
    for (const int each : pool.map(look, std::vector<int>(1000, 2))) EXPECT_EQ(each, 10);
  };
  EXPECT_EQ(cohort::run_executor(world, body, {.threads = 2, .initializer = initializer}), 0);
  EXPECT_EQ(table_of_this_rank(), 5);
}

TEST_F(executor_initializer, its_failure_is_every_ranks) {
  const int last = world.size() - 1;
  bool begun = false;
  const auto initializer = [&] {
    if (world.rank() == last) throw std::runtime_error{"no table here"};
  };
  try {
    cohort::run_executor(world, [&](cohort::executor&) { begun = true; }, {.initializer = initializer});
    ADD_FAILURE();
  } catch (const cohort::rank_error& e) {
    EXPECT_EQ(e.failure().rank, last);
    EXPECT_EQ(std::string{e.what()}.find("run_executor failed on rank " + std::to_string(last)), 0U) << e.what();
    EXPECT_NE(std::string{e.what()}.find(" in the initializer: std::runtime_error: no table here"),
              std::string::npos)
        << e.what();
  }
  EXPECT_FALSE(begun);
  EXPECT_EQ(cohort::run_executor(world, [](cohort::executor& pool) { return pool.submit([] { return 3; }).get(); }),
            3);
}

}  // namespace
