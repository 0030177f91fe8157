// The examples of docs/from-python.md: multiprocessing.Pool.
#include "from_python/pool.hpp"

#include <cohort/cohort.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;
using docs::with_pool;

namespace {

// example: f
int f(int x) {
  return x * x;
}
// end

TEST(docs_from_python, pool_map) {
  with_pool([](cohort::executor& pool) {
    // example: map
    std::vector<int> squares = pool.map(f, std::vector{1, 2, 3});  // {1, 4, 9}
    // end
    EXPECT_EQ(squares, (std::vector{1, 4, 9}));
  });
}

TEST(docs_from_python, pool_apply) {
  with_pool([](cohort::executor& pool) {
    // example: apply
    int now = pool.submit(f, 10).get();
    auto later = pool.submit(f, 20);  // a cohort::future<int>
    int then = later.get(1s);         // throws cohort::timeout_error if it takes longer
    // end
    EXPECT_EQ(now + then, 500);
  });
}

TEST(docs_from_python, pool_apply_async_callbacks) {
  with_pool([](cohort::executor& pool) {
    // example: callbacks
    std::vector<int> results;
    std::vector<std::string> errors;
    auto task = pool.submit(f, 3);
    auto done = task.then([&](int result) { results.push_back(result); });
    auto broken = pool.submit([](int) -> int { throw std::runtime_error("no"); }, 3);
    auto told = broken.on_error([&](const cohort::task_failure& why) { errors.push_back(why.message); });
    // end
    done.get();
    EXPECT_THROW(told.get(), std::runtime_error);
    EXPECT_EQ(results, std::vector{9});
    EXPECT_EQ(errors, std::vector<std::string>{"no"});
  });
}

TEST(docs_from_python, pool_async_result) {
  with_pool([](cohort::executor& pool) {
    const auto ten = [](int x) { return x + 10; };
    // example: async_result
    auto result = pool.submit(ten, 1);
    bool in_time = result.wait_for(10s);  // wait(timeout)
    bool ready = result.ready();          // ready()
    bool successful = !result.failure();  // successful()
    // end
    EXPECT_TRUE(in_time && ready && successful);
  });
}

TEST(docs_from_python, pool_starmap) {
  with_pool([](cohort::executor& pool) {
    // example: starmap
    auto power = [](int base, int exponent) {
      int result = 1;
      for (; exponent > 0; --exponent) result *= base;
      return result;
    };
    auto powers = pool.starmap(power, std::vector<std::tuple<int, int>>{{2, 5}, {3, 2}});  // {32, 9}
    // end
    EXPECT_EQ(powers, (std::vector{32, 9}));
  });
}

TEST(docs_from_python, pool_imap) {
  with_pool([](cohort::executor& pool) {
    // example: imap
    int sum = 0;
    for (int square : pool.imap(f, cohort::indices{1000})) sum += square % 7;            // in order, as they come
    for (int square : pool.imap_unordered(f, cohort::indices{1000})) sum += square % 7;  // whichever is first
    // end
    int expected = 0;
    for (int i = 0; i != 1000; ++i) expected += 2 * (f(i) % 7);
    EXPECT_EQ(sum, expected);
  });
}

TEST(docs_from_python, pool_map_async) {
  with_pool([](cohort::executor& pool) {
    // example: map_async
    std::vector<cohort::future<int>> parts;
    for (int x : {1, 2, 3}) parts.push_back(pool.submit(f, x));
    auto all = pool.submit([](const std::vector<int>& squares) { return squares; }, parts);  // waits for them
    // end
    EXPECT_EQ(all.get(), (std::vector{1, 4, 9}));
  });
}

TEST(docs_from_python, pool_cancel) {
  with_pool([](cohort::executor& pool) {
    // example: stop
    auto long_task = pool.submit([](cohort::task_context& here) {
      while (!here.stop_requested()) std::this_thread::sleep_for(1ms);
    });
    long_task.cancel();
    // end
    EXPECT_EQ(long_task.state(), cohort::task_state::revoked);
  });
}

}  // namespace
