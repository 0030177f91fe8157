// Futures: how tasks end, who hears of it, and what waits for what.

#include <cohort/pattern/executor.hpp>

#include "support/scratch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// Comes back with all it holds.
class no_such_page : public std::runtime_error {
 public:
  no_such_page() : std::runtime_error{"no such page"} {}
  explicit no_such_page(int number) : std::runtime_error{"no such page"}, status{number} {}
  int status = 0;
  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& status;
  }
};

/// In nobody's list.
struct strange : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "strange"; }
};

int fails(int kind) {
  switch (kind) {
    case 0:
      throw no_such_page{404};
    case 1:
      throw std::out_of_range{"at 7"};
    case 2:
      throw strange{};
    default:
      throw kind;
  }
}

/// Until the task is told to stop, or much too long.
bool waits_for_stop(cohort::task_context& here) {
  for (int i = 0; i != 10'000 && !here.stop_requested(); ++i) std::this_thread::sleep_for(1ms);
  return here.stop_requested();
}

int slow(int x) {
  std::this_thread::sleep_for(20ms);
  return x;
}

class executor_future : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};

  template <class Body>
  void run(Body body, const cohort::executor_options& options = {}) {
    EXPECT_EQ(cohort::run_executor(world, body, options), 0);
  }
};

TEST_F(executor_future, exceptions_come_back_as_what_they_are) {
  run(
      [](cohort::executor& pool) {
        std::vector<cohort::future<int>> f;
        for (int kind = 0; kind != 4; ++kind) f.push_back(pool.submit(fails, kind));
        try {
          f[0].get();
          ADD_FAILURE();
        } catch (const no_such_page& e) {
          EXPECT_EQ(e.status, 404);
        }
        try {
          f[0].get();  // again
          ADD_FAILURE();
        } catch (const cohort::task_failure& where) {
          EXPECT_NE(where.type.find("no_such_page"), std::string::npos) << where.type;
          EXPECT_EQ(where.message, "no such page");
          EXPECT_GE(where.rank, 0);
          EXPECT_FALSE(where.host.empty());
          EXPECT_EQ(where.task, 0U);
          EXPECT_EQ(where.attempt, 0U);
        }
        try {
          f[1].get();
          ADD_FAILURE();
        } catch (const std::out_of_range& e) {
          EXPECT_STREQ(e.what(), "at 7");
        }
        try {
          f[2].get();
          ADD_FAILURE();
        } catch (const cohort::task_error& e) {
          EXPECT_EQ(e.message, "strange");
          EXPECT_NE(e.type.find("strange"), std::string::npos);
          EXPECT_EQ(e.task, 2U);
        }
        EXPECT_THROW(f[3].get(), cohort::task_error);
        EXPECT_EQ(f[3].failure()->type, "int");
        EXPECT_EQ(f[3].state(), cohort::task_state::failed);
      },
      {.exceptions = cohort::exception_types{}.with<no_such_page>()});
}

TEST_F(executor_future, retries_until_it_succeeds) {
  run([](cohort::executor& pool) {
    const auto third_time = [](cohort::task_context& here) {
      if (here.attempt() < 2) throw std::runtime_error{"not yet"};
      return here.attempt();
    };
    EXPECT_EQ(pool.with({.retries = 2}).submit(third_time).get(), 2U);
    const auto refused = pool.with({.retries = 1}).submit(third_time);
    EXPECT_EQ(refused.failure()->attempt, 1U);
    EXPECT_EQ(pool.statistics().retried, 3U);
  });
}

TEST_F(executor_future, a_timeout_fails_the_task) {
  run([](cohort::executor& pool) {
    auto hanging = pool.with({.timeout = 30ms}).submit(waits_for_stop);
    EXPECT_EQ(hanging.failure()->reason, cohort::dispatch::end_reason::timed_out);
    EXPECT_THROW(hanging.get(), cohort::task_error);
  });
}

TEST_F(executor_future, get_gives_up_waiting) {
  run([](cohort::executor& pool) {
    auto late = pool.submit(slow, 5);
    EXPECT_THROW(late.get(1ms), cohort::timeout_error);
    EXPECT_FALSE(late.wait_for(0ms));
    EXPECT_EQ(late.get(10s), 5);
    EXPECT_TRUE(late.ready());
    EXPECT_EQ(late.state(), cohort::task_state::succeeded);
  });
}

TEST_F(executor_future, cancels_what_waits_and_what_runs) {
  run([](cohort::executor& pool) {
    std::vector<cohort::future<bool>> running;
    for (std::size_t i = 0; i != 3 * pool.slots(); ++i) running.push_back(pool.submit(waits_for_stop));
    EXPECT_FALSE(running.front().wait_for(50ms));
    for (auto& f : running) f.cancel();
    for (auto& f : running) {
      EXPECT_TRUE(f.wait_for(0ms));  // nobody waits for those that run
      EXPECT_EQ(f.state(), cohort::task_state::revoked);
      EXPECT_THROW(f.get(), cohort::cancelled_error);
    }
    auto done = pool.submit(slow, 3);
    EXPECT_EQ(done.get(), 3);
    done.cancel();
    EXPECT_EQ(done.get(), 3);
  });
}

TEST_F(executor_future, states_are_seen) {
  run([](cohort::executor& pool) {
    const cohort::test::scratch here;
    const auto waits = [](const std::string& file) {
      while (!std::filesystem::exists(file)) std::this_thread::sleep_for(1ms);
    };
    auto task = pool.with({.track_started = true}).submit(waits, here.path("seen"));
    while (task.state() != cohort::task_state::started) EXPECT_FALSE(task.wait_for(1ms));
    here.write("seen", "");
    task.get();
    EXPECT_EQ(task.state(), cohort::task_state::succeeded);
  });
}

TEST_F(executor_future, callbacks_follow) {
  run([](cohort::executor& pool) {
    auto length = pool.submit([](int n) { return std::string(static_cast<std::size_t>(n), 'x'); }, 5)
                      .then([](const std::string& s) { return s.size(); })
                      .then([](std::size_t n) { return n + 1; });
    EXPECT_EQ(length.get(), 6U);

    auto rescued =
        pool.submit(fails, 1).then([](int x) { return x + 1; }).on_error([](const cohort::task_failure& f) {
          return static_cast<int>(f.message.size());
        });
    EXPECT_EQ(rescued.get(), 4);

    int heard = 0;
    auto noted = pool.submit(fails, 1).on_error([&](const cohort::task_failure&) { ++heard; });
    EXPECT_THROW(noted.get(), std::out_of_range);
    EXPECT_EQ(heard, 1);

    auto broken = pool.submit(slow, 1).then([](int) -> int { throw strange{}; });
    EXPECT_THROW(broken.get(), strange);

    int done = 0;
    const auto task = pool.submit(slow, 2);
    task.on_done([&](const cohort::future<int>& f) { done += f.get(); });
    task.get();
    while (done == 0) pool.submit(slow, 0).get();
    task.on_done([&](const cohort::future<int>& f) { done += f.get(); });
    EXPECT_EQ(done, 4);
  });
}

TEST_F(executor_future, callbacks_may_submit) {
  run([](cohort::executor& pool) {
    std::vector<cohort::future<int>> second;
    pool.submit(slow, 4).on_done(
        [&](const cohort::future<int>& f) { second.push_back(pool.submit(slow, f.get() + 1)); });
    while (second.empty()) pool.submit(slow, 0).get();
    EXPECT_EQ(second.front().get(), 5);
  });
}

TEST_F(executor_future, callbacks_may_submit_late) {
  for (int round = 0; round != 5; ++round) {
    std::atomic<int> heard{0};
    run([&](cohort::executor& pool) {
      pool.submit([] { return 1; }).on_done([&, at = cohort::submission{pool}](const auto&) {
        std::this_thread::sleep_for(20ms);
        at.submit([] { return 2; }).on_done([&](const auto& second) { heard = second.get(); });
      });
      std::this_thread::sleep_for(std::chrono::milliseconds{2 * round});
    });
    if (world.rank() == 0) {
      EXPECT_EQ(heard, 2);
    }
  }
}

TEST_F(executor_future, futures_are_arguments) {
  run([](cohort::executor& pool) {
    const auto add = [](int a, int b) { return a + b; };
    auto a = pool.submit(slow, 1);
    auto b = pool.submit(add, a, 10);
    auto c = pool.submit(add, a, b);
    EXPECT_EQ(c.get(), 12);
    std::vector<cohort::future<int>> parts;
    for (int i = 0; i != 20; ++i) parts.push_back(pool.submit(add, i, a));
    auto sum = pool.submit([](const std::vector<int>& v) { return std::accumulate(v.begin(), v.end(), 0); }, parts);
    EXPECT_EQ(sum.get(), 190 + 20);

    auto broken = pool.submit(fails, 1);
    auto behind = pool.submit(add, broken, c);
    EXPECT_THROW(behind.get(), std::out_of_range);

    auto waiting = pool.submit(add, pool.submit(slow, 3), 4);
    waiting.cancel();
    EXPECT_EQ(waiting.state(), cohort::task_state::revoked);
  });
}

TEST_F(executor_future, as_they_come) {
  run([](cohort::executor& pool) {
    std::vector<cohort::future<int>> futures;
    for (int i = 0; i != 30; ++i)
      futures.push_back(pool.submit(
          i % 3 == 0 ? slow : +[](int x) { return x; }, i));
    std::vector<bool> seen(30, false);
    for (auto& done : cohort::as_completed(futures)) {
      EXPECT_TRUE(done.ready());
      const auto i = static_cast<std::size_t>(done.get());
      EXPECT_FALSE(seen[i]);
      seen[i] = true;
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 30);
    std::vector<cohort::future<int>> none;
    for (auto& done : cohort::as_completed(none)) ADD_FAILURE() << done.get();
  });
}

TEST_F(executor_future, as_they_come_until_patience_ends) {
  run([](cohort::executor& pool) {
    std::vector<cohort::future<bool>> futures;
    futures.push_back(pool.submit([] { return true; }));
    futures.back().get();
    futures.push_back(pool.submit(waits_for_stop));
    int ended = 0;
    const auto use = [&] {
      for (auto& done : cohort::as_completed(futures, 1ms)) {
        EXPECT_TRUE(done.get());
        ++ended;
      }
    };
    try {
      use();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const cohort::timeout_error& e) {
      EXPECT_NE(std::string{e.what()}.find("1 of the tasks have not ended"), std::string::npos) << e.what();
    }
    EXPECT_EQ(ended, 1);
    futures.back().cancel();
  });
}

TEST_F(executor_future, waits_for_any_and_for_all) {
  run([](cohort::executor& pool) {
    std::vector<cohort::future<int>> futures;
    for (int i = 0; i != 8; ++i) futures.push_back(pool.submit(slow, i));
    const auto first = cohort::wait_any(futures);
    ASSERT_TRUE(first.has_value());
    EXPECT_TRUE(futures[*first].ready());
    EXPECT_TRUE(cohort::wait_all(futures));
    const auto long_one = pool.submit(waits_for_stop);
    futures.push_back(long_one.then([](bool) { return 0; }));
    EXPECT_FALSE(cohort::wait_all(futures, 5ms));
    EXPECT_FALSE(cohort::wait_any(std::vector{futures.back()}, 5ms).has_value());
    EXPECT_FALSE(cohort::wait_any(std::vector<cohort::future<int>>{}).has_value());
    long_one.cancel();
    EXPECT_THROW(futures.back().get(), cohort::cancelled_error);
  });
}

TEST_F(executor_future, moves_results_out) {
  run([](cohort::executor& pool) {
    const auto make = [](std::size_t n) { return std::vector<int>(n, 3); };
    std::vector<int> mine = pool.submit(make, std::size_t{1000}).get();
    EXPECT_EQ(mine, std::vector<int>(1000, 3));
    const auto kept = pool.submit(make, std::size_t{10});
    EXPECT_EQ(&kept.get(), &kept.get());
    auto copy = kept;
    EXPECT_EQ(std::move(copy).get(), kept.get());
  });
}

TEST_F(executor_future, greater_priorities_run_first) {
  const cohort::communicator alone{MPI_COMM_SELF};
  cohort::run_executor(alone, [](cohort::executor& pool) {
    std::vector<cohort::future<int>> first;
    for (int i = 0; i != 4; ++i) first.push_back(pool.submit(slow, 0));
    std::vector<int> order;
    std::vector<cohort::future<int>> futures;
    for (int i = 0; i != 6; ++i) {
      futures.push_back(pool.with({.priority = i}).submit([](int x) { return x; }, i));
      futures.back().on_done([&order](const cohort::future<int>& f) { order.push_back(f.get()); });
    }
    cohort::wait_all(futures);
    while (order.size() != 6) pool.submit(slow, 0).get();
    EXPECT_EQ(order.back(), 0);
    EXPECT_GT(std::find(order.begin(), order.end(), 1), std::find(order.begin(), order.end(), 5));
  });
}

TEST_F(executor_future, a_failure_that_nobody_asks_about_ends_the_run) {
  const bool root = world.rank() == 0;
  bool thrown = false;
  int status = -1;
  try {
    status = cohort::run_executor(world, [](cohort::executor& pool) { pool.submit(fails, 1); });
  } catch (const std::out_of_range&) {
    thrown = true;
  }
  EXPECT_EQ(thrown, root);
  EXPECT_EQ(status, root ? -1 : 1);
}

/// Submits a task that fails, and looks away: at once, or when it has failed.
int looks_away(cohort::task_context& here, bool waits) {
  const auto lost = here.submit(fails, 1);
  if (waits) {
    while (!lost.ready()) std::this_thread::sleep_for(1ms);
  }
  return 1;
}

int looks(cohort::task_context& here) {
  return here.submit(fails, 1).failure() ? 1 : 0;
}

TEST_F(executor_future, neither_is_a_failure_of_a_tasks_task_lost) {
  for (const bool waits : {false, true}) {
    if (waits && world.size() == 1) continue;  // its only thread would wait for itself
    bool thrown = false;
    try {
      cohort::run_executor(world,
                           [&](cohort::executor& pool) { EXPECT_EQ(pool.submit(looks_away, waits).get(), 1); });
    } catch (const std::out_of_range&) {
      thrown = true;
    }
    EXPECT_EQ(thrown, world.rank() == 0);
  }
  run([](cohort::executor& pool) { EXPECT_EQ(pool.submit(looks).get(), 1); });
}

TEST_F(executor_future, many_failures_that_are_asked_about) {
  run([](cohort::executor& pool) {
    for (int round = 0; round != 20; ++round) {
      std::vector<cohort::future<int>> all;
      for (int i = 0; i != 100; ++i) all.push_back(pool.submit(fails, 1));
      cohort::wait_all(all);
      for (const auto& each : all) EXPECT_TRUE(each.failure().has_value());
    }
  });
}

TEST_F(executor_future, a_body_that_throws_lets_the_others_go) {
  bool thrown = false;
  try {
    EXPECT_EQ(cohort::run_executor(world,
                                   [](cohort::executor& pool) {
                                     for (int i = 0; i != 100; ++i) pool.submit(slow, i);
                                     throw std::logic_error{"the body's"};
                                   }),
              1);
  } catch (const std::logic_error&) {
    thrown = true;
  }
  EXPECT_EQ(thrown, world.rank() == 0);
}

TEST_F(executor_future, everything_submitted_is_run) {
  run([](cohort::executor& pool) {
    for (int i = 0; i != 50; ++i) pool.submit(slow, i);  // nobody keeps the futures
    EXPECT_EQ(pool.submit(slow, 1).get(), 1);
  });
}

TEST_F(executor_future, references_are_refused) {
  run([](cohort::executor& pool) {
    int local = 1;
    try {
      pool.submit([&local] { return local; });
      ADD_FAILURE();
    } catch (const cohort::argument_error& e) {
      EXPECT_NE(std::string{e.what()}.find("captures a pointer or a reference"), std::string::npos) << e.what();
    }
    EXPECT_THROW(pool.submit([f = &slow] { return f(1); }), cohort::argument_error);
  });
}

/// Does not look whether anybody waits for it.
void deaf() {
  std::this_thread::sleep_for(1s);
}

template <class Run>
std::string error_of(Run run) {
  try {
    run();
    return "";
  } catch (const cohort::error& e) {
    return e.what();
  }
}

TEST_F(executor_future, tasks_without_a_place_to_run_are_an_error) {
  const auto what = error_of([&] {
    cohort::run_executor(world,
                         [](cohort::executor& pool) {
                           std::vector<cohort::future<void>> all;
                           for (std::size_t i = 0; i != pool.slots(); ++i)
                             all.push_back(pool.with({.timeout = 5ms}).submit(deaf));
                           pool.submit(slow, 1).get();
                         },
                         {.grace = 100ms});
  });
  EXPECT_EQ(
      what.find("executor: 1 task(s) cannot run (every rank is busy with tasks that overran their timeout") == 0,
      world.rank() == 0)
      << what;
}

TEST_F(executor_future, tasks_left_behind_are_an_error) {
  const auto what = error_of([&] {
    cohort::run_executor(world,
                         [](cohort::executor& pool) {
                           const auto task = pool.with({.track_started = true}).submit(deaf);
                           while (task.state() != cohort::task_state::started)
                             static_cast<void>(task.wait_for(1ms));
                           task.cancel();
                         },
                         {.grace = 50ms});
  });
  EXPECT_EQ(what.find("still runs 1 task(s) that overran their timeout or were cancelled or stopped") !=
                std::string::npos,
            world.rank() == 0)
      << what;
}

TEST_F(executor_future, any_root) {
  for (int root = 0; root != world.size(); ++root) {
    const int status = cohort::run_executor(
        world, [](cohort::executor& pool) { return pool.submit(slow, 6).get(); }, {}, {.root = root});
    EXPECT_EQ(status, 6);
  }
}

TEST_F(executor_future, guarded_tasks_need_a_helper_from_before_mpi) {
  run([](cohort::executor& pool) {
    try {
      pool.with({.guarded = true}).submit(slow, 1);
      ADD_FAILURE();
    } catch (const cohort::argument_error& e) {
      EXPECT_NE(std::string{e.what()}.find("made before MPI begins"), std::string::npos) << e.what();
    }
  });
}

TEST_F(executor_future, patience_without_end_does_not_end) {
  run([](cohort::executor& pool) {
    EXPECT_TRUE(pool.submit(slow, 1).wait_for(std::chrono::hours::max()));
    EXPECT_EQ(pool.submit(slow, 2).get(std::chrono::nanoseconds::max()), 2);
    EXPECT_EQ(pool.submit(slow, 3).get(std::chrono::duration<double>::max()), 3);
    std::vector<cohort::future<int>> f{pool.submit(slow, 4)};
    EXPECT_EQ(cohort::wait_any(f, std::chrono::years{300}), 0U);
    f.push_back(pool.submit(slow, 5));
    EXPECT_TRUE(cohort::wait_all(f, std::chrono::nanoseconds::max()));
    f.push_back(pool.submit(slow, 6));
    int sum = 0;
    for (auto& done : cohort::as_completed(f, std::chrono::hours::max())) sum += done.get();
    EXPECT_EQ(sum, 15);
    EXPECT_EQ(pool.with({.countdown = 1ms, .expires = std::chrono::nanoseconds::max()}).submit(slow, 7).get(), 7);
  });
}

TEST_F(executor_future, refuses_options) {
  EXPECT_THROW(cohort::run_executor(world, [](cohort::executor&) {}, {.grace = -1s}), cohort::argument_error);
  EXPECT_THROW(cohort::run_executor(world, [](cohort::executor&) {}, {}, {.root = world.size()}),
               cohort::argument_error);
}

TEST_F(executor_future, an_empty_one_is_an_error) {
  run([](cohort::executor& pool) {
    const cohort::future<int> none;
    EXPECT_FALSE(none.valid());
    EXPECT_THROW(none.get(), cohort::argument_error);
    EXPECT_THROW((void)none.state(), cohort::argument_error);
    EXPECT_THROW((void)none.ready(), cohort::argument_error);
    EXPECT_THROW(none.cancel(), cohort::argument_error);
    EXPECT_THROW(none.then([](int) {}), cohort::argument_error);
    auto taken = pool.submit([] { return 1; });
    EXPECT_EQ(std::move(taken).get(), 1);
    EXPECT_THROW(taken.get(), cohort::argument_error);  // NOLINT(bugprone-use-after-move)
  });
}

// Callbacks of a future that has outlived its executor are called at once.
TEST_F(executor_future, one_may_outlive_its_executor) {
  cohort::future<int> kept;
  run([&](cohort::executor& pool) {
    kept = pool.submit([] { return 20; });
    EXPECT_EQ(kept.get(), 20);
  });
  if (world.rank() != 0) return;
  EXPECT_EQ(kept.get(), 20);
  EXPECT_EQ(kept.then([](int x) { return x + 1; }).get(), 21);
  EXPECT_EQ(kept.on_error([](const cohort::task_failure&) { return 0; }).get(), 20);
  EXPECT_THROW(kept.then([](int) -> int { throw std::runtime_error{"late"}; }).get(), std::runtime_error);
}

}  // namespace
