// run_executor, submit and futures: functions of every kind that travels, results, failures, graphs.

#include <cohort/pattern/executor.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

int twice(int x) {
  return 2 * x;
}

double mean(const std::vector<double>& of) {
  return std::accumulate(of.begin(), of.end(), 0.0) / static_cast<double>(of.size());
}

struct multiply {
  int by = 1;
  std::string unit;
  std::string operator()(int x) const { return std::to_string(x * by) + unit; }
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& by& unit;
  }
};

class executor : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
};

TEST_F(executor, runs_functions_of_every_kind) {
  const int status = cohort::run_executor(world, [](cohort::executor& pool) {
    EXPECT_EQ(pool.submit(twice, 21).get(), 42);
    EXPECT_EQ(pool.submit(&mean, std::vector{1.0, 2.0, 6.0}).get(), 3.0);
    EXPECT_EQ(pool.submit([](int a, int b) { return a - b; }, 5, 7).get(), -2);
    int offset = 1000;
    EXPECT_EQ(pool.submit([offset](int a) { return a + offset; }, 5).get(), 1005);
    EXPECT_EQ(pool.submit(multiply{3, " m"}, 4).get(), "12 m");
    const std::string name = "Ada";
    EXPECT_EQ(
        pool.submit(cohort::closure([](const std::string& who, int n) { return who + std::to_string(n); }, name), 7)
            .get(),
        "Ada7");
    EXPECT_EQ(pool.submit([](const std::string& s) { return s.size(); }, "literal").get(), 7U);
    EXPECT_EQ(
        pool.submit([](cohort::task_context& here, int x) { return here.attempt() + static_cast<unsigned>(x); }, 1)
            .get(),
        1U);
    pool.submit([] {}).get();
    return 7;
  });
  EXPECT_EQ(status, 7);
}

TEST_F(executor, many_futures_each_with_its_own_result) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    std::vector<cohort::future<int>> futures;
    for (int i = 0; i != 2000; ++i) futures.push_back(pool.submit(twice, i));
    for (int i = 0; i != 2000; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].get(), 2 * i);
    EXPECT_EQ(pool.statistics().succeeded, 2000U);
  });
}

TEST_F(executor, maps) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    std::vector<int> in(100'000);
    std::iota(in.begin(), in.end(), 0);
    const auto out = pool.map(twice, in);
    ASSERT_EQ(out.size(), in.size());
    for (std::size_t i = 0; i != in.size(); ++i) ASSERT_EQ(out[i], 2 * in[i]);
  });
}

TEST_F(executor, tasks_submit_tasks) {
  cohort::run_executor(world, [](cohort::executor& pool) {
    struct fibonacci {
      static int of(cohort::task_context& here, int n) {
        if (n < 2) return n;
        auto a = here.submit(of, n - 1);
        auto b = here.submit(of, n - 2);
        return a.get() + b.get();
      }
    };
    EXPECT_EQ(pool.submit(fibonacci::of, 10).get(), 55);
  });
}

}  // namespace
