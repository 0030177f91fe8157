// The examples of docs/from-python.md: Celery's canvas.
#include <cohort/cohort.hpp>

#include "from_python/pool.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using docs::with_pool;
namespace canvas = cohort::canvas;

namespace {

// example: tasks
int add(int x, int y) {
  return x + y;
}
int mul(int x, int y) {
  return x * y;
}
int tsum(const std::vector<int>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), 0);
}
// end

TEST(docs_from_python, canvas_delay) {
  with_pool([](cohort::executor& pool) {
    // example: delay
    auto result = pool.submit(add, 4, 4);                                                       // add.delay(4, 4)
    auto careful = pool.with({.priority = 9, .retries = 3, .timeout = 10s}).submit(add, 4, 4);  // apply_async(...)
    // end
    EXPECT_EQ(result.get() + careful.get(), 16);
  });
}

TEST(docs_from_python, canvas_chain) {
  with_pool([](cohort::executor& pool) {
    // example: chain
    auto result =
        canvas::chain(pool, canvas::signature{add, 2, 2}, canvas::signature{add, 4}, canvas::signature{mul, 8});
    // end
    EXPECT_EQ(result.get(), 64);
  });
}

TEST(docs_from_python, canvas_group) {
  with_pool([](cohort::executor& pool) {
    // example: group
    std::vector<canvas::signature<decltype(&add), int, int>> calls;
    for (int i = 0; i != 10; ++i) calls.emplace_back(add, i, i);
    auto results = canvas::group(pool, calls);  // ten futures
    // end
    int sum = 0;
    for (auto& each : results) sum += each.get();
    EXPECT_EQ(sum, 90);
    // example: chord
    auto total = canvas::chord(pool, calls, canvas::signature{tsum});
    // end
    EXPECT_EQ(total.get(), 90);
  });
}

TEST(docs_from_python, canvas_graph) {
  with_pool([](cohort::executor& pool) {
    // example: graph
    auto a = pool.submit(add, 1, 2);
    auto b = pool.submit(mul, a, 10);  // waits for a, not for us
    auto c = pool.submit(mul, a, 100);
    auto d = pool.submit(add, b, c);
    // end
    EXPECT_EQ(d.get(), 330);
  });
}

TEST(docs_from_python, canvas_map) {
  with_pool([](cohort::executor& pool) {
    // example: canvas_map
    auto sums = pool.map(tsum, std::vector<std::vector<int>>{{1, 2, 3}, {4, 5}});  // xmap
    auto pairs = pool.starmap(add, std::vector<std::pair<int, int>>{{1, 2}, {3, 4}});
    // end
    EXPECT_EQ(sums, (std::vector{6, 9}));
    EXPECT_EQ(pairs, (std::vector{3, 7}));
  });
}

TEST(docs_from_python, canvas_link) {
  with_pool([](cohort::executor& pool) {
    std::string log;
    // example: link
    auto result = pool.submit(add, 2, 2);
    auto linked = pool.submit(add, result, 8);  // link=add.s(8)
    auto watched = pool.submit([](int x) -> int { throw std::domain_error(std::to_string(x)); }, result)
                       .on_error([&](const cohort::task_failure& f) { log += f.message; });  // link_error
    // end
    EXPECT_EQ(linked.get(), 12);
    EXPECT_TRUE(watched.failure().has_value());
    EXPECT_EQ(log, "4");
  });
}

TEST(docs_from_python, canvas_retry) {
  with_pool([](cohort::executor& pool) {
    // example: retry
    auto flaky = [](cohort::task_context& here) {
      if (here.attempt() < 2) throw std::runtime_error("connection lost");  // raise self.retry()
      return here.attempt();
    };
    auto result = pool.with({.retries = 3}).submit(flaky);
    // end
    EXPECT_EQ(result.get(), 2U);
  });
}

TEST(docs_from_python, canvas_states) {
  with_pool([](cohort::executor& pool) {
    // example: states
    auto task = pool.submit(add, 1, 1);
    std::string state = to_string(task.state());  // pending, started, retrying, succeeded, failed or revoked
    task.get();
    auto tracked = pool.with({.track_started = true}).submit(add, 1, 1);  // task_track_started
    tracked.get();                                                        // its state was `started` while it ran
    auto report = pool.statistics();                                      // per rank and per function
    // end
    EXPECT_FALSE(state.empty());
    EXPECT_EQ(report.succeeded, 2U);
    EXPECT_EQ(report.functions.size(), 1U);
  });
}

TEST(docs_from_python, canvas_queues) {
  const std::vector<int> ones{1, 1, 1};
  EXPECT_EQ(cohort::run_executor(
                cohort::test::world(),
                [&](cohort::executor& pool) {
                  // example: queues
                  auto mail = pool.with({.queue = "mail"});  // queue="mail"
                  pool.limit_rate("mail", 1000);             // rate_limit="1000/s": calls that begin
                  auto sent = mail.starmap(add, std::vector<std::pair<int, int>>{{1, 2}, {3, 4}});
                  auto late = pool.with({.countdown = 20ms, .expires = 1h}).submit(add, 1, 2);
                  auto stubborn = pool.with({.retries = 5, .backoff = 1ms, .backoff_max = 1s}).submit(add, 3, 4);
                  auto beat = pool.every(5ms, [] { return 0; });  // until it is stopped, or the body returns
                  // end
                  EXPECT_EQ(sent, (std::vector{3, 7}));
                  EXPECT_EQ(late.get() + stubborn.get(), 10);
                  EXPECT_EQ(beat.failures(), 0U);
                },
                {.queues = {{"mail", {0}}, {"default", {0}}}}),
            0);
}

}  // namespace
