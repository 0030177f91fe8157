// The examples of docs/from-python.md: what outlives a run.
#include <cohort/collective/bcast.hpp>

#include "from_python/pool.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace {

int add(int x, int y) {
  return x + y;
}

TEST(docs_from_python, result_backend) {
  const auto& world = cohort::test::world();
  auto file = testing::TempDir() + "cohort_docs." + std::to_string(getpid());
  world.bcast(file);
  // example: store
  cohort::executor_options options{.store = file};
  auto body = [](cohort::executor& pool) {
    auto sum = pool.with({.id = "sum"}).submit(add, 4, 4);
    auto other = pool.submit(add, 1, 1);  // other.id() is an id that no other task has
    auto same = pool.with({.id = "sum", .reuse = true}).submit(add, 4, 4);  // not run if its result is known
    EXPECT_EQ(sum.get() + same.get(), 16);
  };
  // end
  EXPECT_EQ(cohort::run_executor(world, body, options), 0);
  if (world.rank() != 0) return;
  // example: result_store
  cohort::result_store store{file};
  int sum = store.get<int>("sum");  // AsyncResult("sum").get(); throws cohort::task_error if it failed
  for (const auto& task : store.tasks()) EXPECT_EQ(task.state, cohort::task_state::succeeded);
  store.forget("sum");
  // end
  EXPECT_EQ(sum, 8);
  for (const char* const end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
}

}  // namespace
