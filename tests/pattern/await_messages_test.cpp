// Futures and messages in the same event loop, where all threads may call MPI.

#include <cohort/async.hpp>
#include <cohort/p2p.hpp>
#include <cohort/pattern/executor.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

using namespace std::chrono_literals;

namespace {

using cohort::event_loop;
using cohort::task;
using cohort::test::world;

enum tag : int { question = 31, answer, nested_question, nested_answer };

/// Asks who submitted it, by messages, and gives the answer.
int asks(int whom, int x) {
  world().send(std::vector{world().rank(), x}, {.dest = whom, .tag = question});
  return world().recv<int>({.source = whom, .tag = answer + 100 * (x + 1)});
}

int asks_its_parent(int whom, int x) {
  world().send(x, {.dest = whom, .tag = nested_question + 100 * (x + 1)});
  return world().recv<int>({.source = whom, .tag = nested_answer + 100 * (x + 1)});
}

/// Answers the task that it waits for.
int answers(cohort::task_context& here, int x) {
  event_loop loop;
  const auto main = [&]() -> task<int> {
    const auto reply = [&]() -> task<> {
      // A rank's messages to itself, and to any other.
      cohort::status info;
      int asked = 0;
      auto coming = world().irecv_into(asked, {.tag = nested_question + 100 * (x + 1)});
      info = co_await coming;
      co_await world().async_send(asked + 1, {.dest = info.source(), .tag = nested_answer + 100 * (x + 1)});
    };
    const auto [got, none] = co_await cohort::when_all(here.submit(asks_its_parent, here.rank(), x), reply);
    (void)none;
    co_return got;
  };
  return loop.run(main);
}

class await_messages : public testing::Test {
 protected:
  cohort::communicator all{MPI_COMM_WORLD};
};

TEST_F(await_messages, on_the_root) {
  constexpr int n = 12;
  const auto body = [&](cohort::executor& pool) {
    event_loop loop;
    const auto main = [&]() -> task<> {
      const auto serve = [&]() -> task<> {
        for (int i = 0; i != n; ++i) {
          const auto asked = co_await world().async_recv<std::vector<int>>({.tag = question});
          co_await world().async_send(10 * asked[1], {.dest = asked[0], .tag = answer + 100 * (asked[1] + 1)});
        }
      };
      std::vector<cohort::future<int>> asking;
      for (int i = 0; i != n; ++i) asking.push_back(pool.submit(asks, 0, i));
      const auto [answered, none] = co_await cohort::when_all(cohort::when_all(std::move(asking)), serve);
      (void)none;
      for (int i = 0; i != n; ++i) EXPECT_EQ(answered[static_cast<std::size_t>(i)], 10 * i);
    };
    loop.run(main);
  };
  EXPECT_EQ(cohort::run_executor(all, body), 0);
}

/// Its rank runs others in its place also while its loop waits for messages besides.
TEST_F(await_messages, in_tasks) {
  const auto body = [](cohort::executor& pool) {
    event_loop loop;
    const auto main = [&]() -> task<> {
      for (int round = 0; round != 5; ++round) {
        std::vector<cohort::future<int>> parents;
        for (int i = 0; i != 4; ++i) parents.push_back(pool.submit(answers, i));
        const auto got = co_await cohort::when_all(std::move(parents));
        for (int i = 0; i != 4; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], i + 1);
      }
    };
    loop.run(main);
  };
  EXPECT_EQ(cohort::run_executor(all, body), 0);
}

}  // namespace
