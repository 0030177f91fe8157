// Futures that tasks of an event loop await.

#include <cohort/async.hpp>
#include <cohort/pattern/executor.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;

namespace {

using cohort::event_loop;
using cohort::executor;
using cohort::future;
using cohort::scope;
using cohort::task;
using cohort::task_state;

int square(int x) {
  return x * x;
}

int fails(int x) {
  throw std::out_of_range{"at " + std::to_string(x)};
}

int slow(int x) {
  std::this_thread::sleep_for(20ms);
  return x;
}

/// Until the task is told to stop, or much too long.
int waits_for_stop(cohort::task_context& here) {
  for (int i = 0; i != 10'000 && !here.stop_requested(); ++i) std::this_thread::sleep_for(1ms);
  return 0;
}

/// The leaves of a binary tree, each task of which waits for its two branches in a loop of its own.
int leaves(cohort::task_context& here, int depth) {
  if (depth == 0) return 1;
  event_loop loop;
  const auto both = [&]() -> task<int> {
    const auto [left, right] =
        co_await cohort::when_all(here.submit(leaves, depth - 1), here.submit(leaves, depth - 1));
    co_return left + right;
  };
  return loop.run(both);
}

/// A task that cancels one of its own while it waits for it.
bool cancels_its_own(cohort::task_context& here) {
  event_loop loop;
  const auto main = [&]() -> task<bool> {
    const auto held = here.submit(waits_for_stop);
    const auto cancel = [&]() -> task<> {
      co_await cohort::sleep_for(1ms);
      held.cancel();
    };
    bool cancelled = false;
    const auto wait = [&]() -> task<> {
      try {
        co_await held;
      } catch (const cohort::cancelled_error&) {
        cancelled = true;
      }
    };
    co_await cohort::when_all(wait, cancel);
    co_return cancelled;
  };
  return loop.run(main);
}

class executor_await : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};

  /// A function of the executor that returns a task, in a loop of the body.
  template <class Main>
  void run(Main main, const cohort::executor_options& options = {}) {
    const auto body = [&](executor& pool) {
      event_loop loop;
      loop.run([&] { return main(pool); });
      EXPECT_EQ(loop.waiting(), 0U);
    };
    EXPECT_EQ(cohort::run_executor(world, body, options), 0);
  }
};

TEST_F(executor_await, results) {
  run([](executor& pool) -> task<> {
    EXPECT_EQ(co_await pool.submit(square, 3), 9);
    const auto kept = pool.submit([](std::string s) { return s + "!"; }, "owl");
    const std::string& text = co_await kept;  // stays in the future
    EXPECT_EQ(text, "owl!");
    EXPECT_EQ(&text, &kept.get());
    co_await pool.submit([] {});
    EXPECT_EQ(co_await pool.submit(square, pool.submit(square, 2)), 16);
    const auto chain = pool.submit(square, 5).then([](int x) { return x + 1; });
    EXPECT_EQ(co_await chain, 26);
    EXPECT_TRUE(chain.ready());
    EXPECT_EQ(co_await chain, 26);  // again, without waiting
    EXPECT_THROW(co_await future<int>{}, cohort::argument_error);
  });
}

TEST_F(executor_await, exceptions) {
  run([](executor& pool) -> task<> {
    std::string what;
    try {
      co_await pool.submit(fails, 7);
    } catch (const std::out_of_range& e) {
      what = e.what();
    }
    EXPECT_EQ(what, "at 7");
    const auto handled = pool.submit(fails, 8).on_error([](const cohort::task_failure&) { return 1; });
    EXPECT_EQ(co_await handled, 1);
  });
}

TEST_F(executor_await, others_run_meanwhile) {
  run([](executor& pool) -> task<> {
    const auto held = pool.submit(waits_for_stop);
    bool cancelled = false;
    const auto wait = [&]() -> task<> {
      try {
        co_await held;
      } catch (const cohort::cancelled_error&) {
        cancelled = true;
      }
    };
    const auto cancel = [&]() -> task<> {  // which only a loop can that goes on
      for (int i = 0; i != 5; ++i) co_await cohort::sleep_for(1ms);
      for (int i = 0; i != 1000; ++i) co_await cohort::yield();
      EXPECT_FALSE(cancelled);
      held.cancel();
    };
    co_await cohort::when_all(wait, cancel);
    EXPECT_TRUE(cancelled);
    EXPECT_EQ(held.state(), task_state::revoked);
  });
}

TEST_F(executor_await, many_at_once) {
  run([](executor& pool) -> task<> {
    std::vector<future<int>> squares;
    for (int i = 0; i != 300; ++i) squares.push_back(pool.submit(square, i));
    const auto all = co_await cohort::when_all(squares);
    EXPECT_EQ(all.size(), 300U);
    EXPECT_EQ(all[17], 289);
    EXPECT_EQ(std::accumulate(all.begin(), all.end(), 0), 299 * 300 * 599 / 6);

    int sum = 0;
    std::size_t indices = 0;
    co_await cohort::each_completed(std::move(squares), [&](std::size_t i, int x) {
      indices += i;
      sum += x;
    });
    EXPECT_EQ(indices, 299U * 150U);
    EXPECT_EQ(sum, 299 * 300 * 599 / 6);

    // Each is waited for by a task of its own, which goes on with another.
    int rounds = 0;
    co_await scope::run([&](scope& s) -> task<> {
      for (int i = 0; i != 20; ++i) {
        s.spawn([&pool, &rounds, i]() -> task<> {
          for (int k = 0; k != 20; ++k) rounds += co_await pool.submit(square, i) == i * i ? 1 : 0;
        });
      }
      co_return;
    });
    EXPECT_EQ(rounds, 400);
  });
}

TEST_F(executor_await, brief_tasks_one_after_the_other) {
  run([](executor& pool) -> task<> {
    int right = 0;
    for (int i = 0; i != 2000; ++i) right += co_await pool.submit(square, i % 100) == (i % 100) * (i % 100) ? 1 : 0;
    EXPECT_EQ(right, 2000);
  });
}

TEST_F(executor_await, the_first_of_several) {
  run([](executor& pool) -> task<> {
    auto quick = pool.submit(square, 3);
    auto held = pool.submit(waits_for_stop);
    const auto seen = held;
    const auto first = co_await cohort::when_any(std::move(quick), std::move(held));
    EXPECT_EQ(first.index(), 0U);
    EXPECT_EQ(std::get<0>(first), 9);
    EXPECT_EQ(seen.state(), task_state::revoked);  // it was given away

    std::vector<future<int>> two{pool.submit(square, 4), pool.submit(waits_for_stop)};
    const auto other = co_await cohort::when_any(two);
    EXPECT_EQ(other.index, 0U);
    EXPECT_EQ(other.value, 16);
    EXPECT_FALSE(two[1].ready());  // it has a name
    two[1].cancel();
  });
}

TEST_F(executor_await, a_timeout_revokes_what_was_given_away) {
  run([](executor& pool) -> task<> {
    auto held = pool.submit(waits_for_stop);
    const auto seen = held;
    EXPECT_THROW(co_await cohort::with_timeout(2ms, std::move(held)), cohort::timeout_error);
    EXPECT_EQ(seen.state(), task_state::revoked);

    const auto kept = pool.submit(slow, 5);
    int answer = 0;
    while (answer == 0) {
      try {
        answer = co_await cohort::with_timeout(3ms, kept);
      } catch (const cohort::timeout_error&) {
        EXPECT_NE(kept.state(), task_state::revoked);
      }
    }
    EXPECT_EQ(answer, 5);
    EXPECT_EQ(co_await cohort::with_timeout(1h, pool.submit(slow, 6)), 6);
  });
}

TEST_F(executor_await, a_stop_token_of_another_thread) {
  const auto body = [](executor& pool) {
    event_loop loop;
    std::stop_source quit;
    auto held = pool.submit(waits_for_stop);
    const auto seen = held;
    const auto main = [&]() -> task<> {
      co_await std::move(held);
      ADD_FAILURE() << "it has not been stopped";
    };
    {
      const std::jthread other{[&] {
        std::this_thread::sleep_for(5ms);
        quit.request_stop();
      }};
      EXPECT_THROW(loop.run(main, quit.get_token()), cohort::stopped_error);
    }
    EXPECT_EQ(seen.state(), task_state::revoked);

    // What is awaited when the stop has come already.
    auto late = pool.submit(waits_for_stop);
    const auto seen_late = late;
    const auto again = [&]() -> task<> { co_await std::move(late); };
    EXPECT_THROW(loop.run(again, quit.get_token()), cohort::stopped_error);
    EXPECT_EQ(seen_late.state(), task_state::revoked);
  };
  EXPECT_EQ(cohort::run_executor(world, body), 0);
}

TEST_F(executor_await, an_exception_stops_the_others) {
  run([](executor& pool) -> task<> {
    auto held = pool.submit(waits_for_stop);
    const auto seen = held;
    const auto throws = []() -> task<> {
      co_await cohort::sleep_for(1ms);
      throw std::domain_error{"enough"};
    };
    EXPECT_THROW(co_await cohort::when_all(std::move(held), throws), std::domain_error);
    EXPECT_EQ(seen.state(), task_state::revoked);
  });
}

TEST_F(executor_await, tasks_of_tasks) {
  run([](executor& pool) -> task<> {
    EXPECT_EQ(co_await pool.submit(leaves, 4), 16);  // more tasks wait than there are slots
    EXPECT_TRUE(co_await pool.submit(cancels_its_own));
  });
}

TEST_F(executor_await, one_loop_for_several_executors) {
  event_loop loop;
  for (int i = 1; i != 4; ++i) {
    const auto body = [&](executor& pool) {
      const auto main = [&]() -> task<int> { co_return co_await pool.submit(square, i); };
      EXPECT_EQ(loop.run(main), i * i);
    };
    EXPECT_EQ(cohort::run_executor(world, body), 0);
  }
}

TEST_F(executor_await, what_nobody_can_run_is_an_error) {
  std::string what;
  std::map<std::string, std::vector<int>> queues;
  for (int rank = 0; rank != world.size(); ++rank) queues["busy"].push_back(rank);
  try {
    cohort::run_executor(world,
                         [&](executor& pool) {
                           event_loop loop;
                           const auto main = [&]() -> task<> {
                             const auto never = pool.submit(square, 1);  // the default queue, which no rank serves
                             const auto wait = [&]() -> task<> {
                               try {
                                 co_await never;
                               } catch (const cohort::error& e) {
                                 what = e.what();
                               }
                               never.cancel();
                             };
                             auto runs = pool.with({.queue = "busy"}).submit(square, 2);
                             co_await cohort::when_all(wait, std::move(runs));
                           };
                           loop.run(main);
                         },
                         {.queues = queues});
  } catch (const cohort::error& e) {
    ADD_FAILURE() << e.what();
  }
  EXPECT_EQ(what.find("executor: 1 task(s) cannot run (no rank serves their queue)") == 0, world.rank() == 0)
      << what;
}

}  // namespace
