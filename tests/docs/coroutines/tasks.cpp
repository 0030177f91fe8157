// The examples of docs/coroutines.md that need no messages.
#include <cohort/async.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using cohort::event_loop;
using cohort::scope;
using cohort::sleep_for;
using cohort::task;

// example: ask
task<std::string> ask(std::string whom, std::chrono::milliseconds takes) {
  co_await sleep_for(takes);
  co_return whom + " agrees";
}
// end

TEST(docs_coroutines, combines) {
  event_loop loop;
  // example: combine
  const auto main = []() -> task<> {
    const auto [ox, owl] = co_await cohort::when_all(ask("ox", 2ms), ask("owl", 1ms));  // takes 2 ms
    EXPECT_EQ(ox + ", " + owl, "ox agrees, owl agrees");

    const auto first = co_await cohort::when_any(ask("ox", 1h), ask("owl", 1ms));
    EXPECT_EQ(first.index(), 1U);
    EXPECT_EQ(std::get<1>(first), "owl agrees");  // the other has been stopped

    std::vector<task<std::string>> many;
    for (int i = 0; i != 1000; ++i) many.push_back(ask("ant " + std::to_string(i), 1ms));
    const auto all = co_await cohort::when_all(std::move(many));  // in the order given
    EXPECT_EQ(all[7], "ant 7 agrees");
  };
  loop.run(main);
  // end
}

TEST(docs_coroutines, spawns) {
  event_loop loop;
  // example: spawn
  const auto main = [](scope& s) -> task<std::string> {
    auto ox = s.spawn(ask("ox", 1ms));  // begins when this task waits for something
    s.spawn([]() -> task<> { co_await sleep_for(2ms); });
    co_return co_await ox;
  };
  EXPECT_EQ(loop.run(scope::run(main)), "ox agrees");  // after both have ended
  // end
}

TEST(docs_coroutines, queues) {
  event_loop loop;
  int sum = 0;
  // example: queue
  const auto main = [&]() -> task<> {
    cohort::async_queue<int> queue{2};  // put waits while two are in it
    const auto produce = [&]() -> task<> {
      for (int i = 1; i <= 10; ++i) co_await queue.put(i);
      queue.close();
    };
    const auto consume = [&]() -> task<> {
      while (const auto item = co_await queue.take()) sum += *item;  // nothing: closed and empty
    };
    co_await cohort::when_all(produce, consume, consume);
  };
  loop.run(main);
  EXPECT_EQ(sum, 55);
  // end
}

TEST(docs_coroutines, computes_long) {
  event_loop loop;
  long steps = 0;
  const auto main = [&]() -> task<> {
    const auto step = [&] { ++steps; };
    // example: long
    const auto compute = [&]() -> task<> {
      for (;;) {
        step();
        co_await cohort::yield();  // others run, messages come; throws stopped_error if this is to stop
      }
    };
    EXPECT_THROW(co_await cohort::with_timeout(2ms, compute()), cohort::timeout_error);
    // end
  };
  loop.run(main);
  EXPECT_GT(steps, 0);
}

TEST(docs_coroutines, says_that_it_is_stuck) {
  // example: deadlock
  event_loop loop;
  const auto main = []() -> task<> {
    cohort::async_queue<int> queue;
    co_await queue.take();  // who should put?
  };
  EXPECT_THROW(loop.run(main), cohort::deadlock_error);
  // end
}

// example: generator
cohort::generator<long> fibonacci(long limit) {
  for (long a = 0, b = 1; a < limit;) {
    co_yield a;
    const long sum = a + b;
    a = b;
    b = sum;
  }
}
// end

TEST(docs_coroutines, generates) {
  // example: generator_used
  long sum = 0;
  for (const long number : fibonacci(100)) sum += number;
  EXPECT_EQ(sum, 232);
  // end
}

TEST(docs_coroutines, keeps_lambdas) {
  event_loop loop;
  // example: lambdas
  const auto delayed = [](int x) {
    // auto wrong = [x]() -> task<int> { ... }();  // the lambda, and x in it, are gone behind this line
    task<int> kept = cohort::as_task([x]() -> task<int> {  // the lambda lives as long as the task
      co_await sleep_for(1ms);
      co_return x;
    });
    return kept;
  };
  const auto copied = [](int x) -> task<int> {  // no captures: parameters lie in the task
    co_await sleep_for(1ms);
    co_return x;
  };
  EXPECT_EQ(loop.run(delayed(1)) + loop.run(copied(2)), 3);
  // end
}

TEST(docs_coroutines, catches) {
  event_loop loop;
  const auto main = []() -> task<> {
    // example: catch
    bool failed = false;
    try {
      co_await cohort::with_timeout(1ms, ask("sloth", 1h));
    } catch (const cohort::timeout_error&) {
      failed = true;
    }
    if (failed) co_await ask("owl", 1ms);
    // end
    EXPECT_TRUE(failed);
  };
  loop.run(main);
}

}  // namespace
