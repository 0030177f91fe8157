// The examples of docs/coroutines.md that await an executor's futures.
#include <cohort/async.hpp>
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using cohort::event_loop;
using cohort::task;
using cohort::test::world;

int square(int x) {
  return x * x;
}

int takes_long(cohort::task_context& here) {
  while (!here.stop_requested()) std::this_thread::sleep_for(1ms);
  return 0;
}

TEST(docs_coroutines, futures) {
  // example: futures
  cohort::run_executor(world(), [](cohort::executor& pool) {
    const auto main = [&]() -> task<> {
      EXPECT_EQ(co_await pool.submit(square, 7), 49);  // on any rank; other tasks of this loop run meanwhile

      std::vector<cohort::future<int>> squares;
      for (int i = 0; i != 10; ++i) squares.push_back(pool.submit(square, i));
      int sum = 0;
      co_await cohort::each_completed(squares, [&](std::size_t, int x) { sum += x; });
      EXPECT_EQ(sum, 285);

      bool late = false;
      try {
        co_await cohort::with_timeout(5ms, pool.submit(takes_long));
      } catch (const cohort::timeout_error&) {
        late = true;  // the executor's task has been revoked
      }
      EXPECT_TRUE(late);
    };
    event_loop loop;
    loop.run(main);
  });
  // end
}

// example: nested
int leaves(cohort::task_context& here, int depth) {
  if (depth == 0) return 1;
  const auto both = [&]() -> task<int> {
    const auto [left, right] =
        co_await cohort::when_all(here.submit(leaves, depth - 1), here.submit(leaves, depth - 1));
    co_return left + right;
  };
  event_loop loop;
  return loop.run(both);  // while all tasks of the loop wait, the rank runs others of the executor
}
// end

TEST(docs_coroutines, futures_in_tasks) {
  cohort::run_executor(world(), [](cohort::executor& pool) { EXPECT_EQ(pool.submit(leaves, 3).get(), 8); });
}

}  // namespace
