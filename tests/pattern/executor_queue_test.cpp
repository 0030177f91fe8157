// What task queues offer: moments, queues, rates, periods.

#include <cohort/pattern/executor.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

int where(cohort::task_context& here) {
  return here.rank();
}

void rest() {
  std::this_thread::sleep_for(30ms);
}

class executor_queue : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};

  template <class Body>
  void run(Body body, const cohort::executor_options& options = {}) {
    EXPECT_EQ(cohort::run_executor(world, body, options), 0);
  }
};

TEST_F(executor_queue, a_countdown_passes_first) {
  run([](cohort::executor& pool) {
    const auto begun = clock_type::now();
    auto late = pool.with({.countdown = 60ms}).submit([] { return 1; });
    auto soon = pool.submit([] { return 2; });
    EXPECT_EQ(soon.get(), 2);
    EXPECT_FALSE(late.ready());
    EXPECT_EQ(late.get(), 1);
    EXPECT_GE(clock_type::now() - begun, 60ms);
  });
}

TEST_F(executor_queue, what_expires_is_not_run) {
  run([](cohort::executor& pool) {
    std::vector<cohort::future<void>> busy;
    for (std::size_t i = 0; i != 4 * pool.slots(); ++i) busy.push_back(pool.submit(rest));
    auto stale = pool.with({.priority = -1, .expires = 10ms}).submit([] { return 1; });
    EXPECT_THROW(stale.get(), cohort::cancelled_error);
    EXPECT_EQ(stale.state(), cohort::task_state::revoked);
    EXPECT_EQ(stale.failure()->reason, cohort::dispatch::end_reason::expired);
    auto fresh = pool.with({.expires = 1h}).submit([] { return 2; });
    EXPECT_EQ(fresh.get(), 2);
  });
}

TEST_F(executor_queue, pauses_before_retries_grow) {
  run([](cohort::executor& pool) {
    const auto begun = clock_type::now();
    const auto third_time = [](cohort::task_context& here) {
      if (here.attempt() < 2) throw std::runtime_error{"not yet"};
    };
    pool.with({.retries = 2, .backoff = 20ms}).submit(third_time).get();
    EXPECT_GE(clock_type::now() - begun, 60ms);
  });
}

TEST_F(executor_queue, queues_are_served_by_their_ranks) {
  const int last = world.size() - 1;
  run(
      [last](cohort::executor& pool) {
        std::set<int> ranks;
        for (int i = 0; i != 20; ++i) {
          ranks.insert(pool.with({.queue = "files"}).submit(where).get());
          EXPECT_NE(pool.with({.queue = ""}).submit(where).get(), last == 0 ? 1 : last);
        }
        EXPECT_EQ(ranks, std::set{last});
        try {
          static_cast<void>(pool.with({.queue = "nobody's"}));
          ADD_FAILURE();
        } catch (const cohort::argument_error& e) {
          EXPECT_NE(std::string{e.what()}.find("there is no queue nobody's (there are: default, files)"),
                    std::string::npos)
              << e.what();
        }
      },
      {.queues = last == 0 ? std::map<std::string, std::vector<int>>{{"files", {0}}, {"default", {0}}}
                           : std::map<std::string, std::vector<int>>{{"files", {last}}}});
}

TEST_F(executor_queue, a_queue_that_nobody_serves_is_an_error) {
  std::string what;
  try {
    std::vector<int> all;
    for (int r = 0; r != world.size(); ++r) all.push_back(r);
    cohort::run_executor(world, [](cohort::executor& pool) { pool.submit(where).get(); },
                         {.queues = {{"files", all}}});
  } catch (const cohort::error& e) {
    what = e.what();
  }
  EXPECT_EQ(what.find("executor: 1 task(s) cannot run (no rank serves their queue)") == 0, world.rank() == 0)
      << what;
}

TEST_F(executor_queue, refuses_queues_and_times_that_make_no_sense) {
  const auto body = [](cohort::executor&) {};
  EXPECT_THROW(cohort::run_executor(world, body, {.queues = {{"empty", {}}}}), cohort::argument_error);
  EXPECT_THROW(cohort::run_executor(world, body, {.queues = {{"far", {world.size()}}}}), cohort::argument_error);
  run([](cohort::executor& pool) {
    EXPECT_THROW(static_cast<void>(pool.with({.timeout = -1ns})), cohort::argument_error);
    EXPECT_THROW(static_cast<void>(pool.with({.countdown = -1s})), cohort::argument_error);
    EXPECT_THROW(pool.limit_rate("", 0), cohort::argument_error);
    EXPECT_THROW(pool.limit_rate("none", 1), cohort::argument_error);
  });
}

TEST_F(executor_queue, a_rate_is_kept) {
  run([](cohort::executor& pool) {
    pool.limit_rate("", 200, 1);
    const auto begun = clock_type::now();
    std::vector<cohort::future<int>> futures;
    for (int i = 0; i != 21; ++i) futures.push_back(pool.submit(where));
    cohort::wait_all(futures);
    EXPECT_GE(clock_type::now() - begun, 20 * 5ms);  // the first at once, each further one 5 ms later
  });
}

TEST_F(executor_queue, runs_periodically) {
  run([](cohort::executor& pool) {
    const auto begun = clock_type::now();
    auto beat = pool.every(10ms, [] { return 1; });
    auto broken = pool.every(10ms, [] { throw std::runtime_error{"each time"}; });
    while (beat.runs() < 5 || broken.failures() < 3) pool.submit(rest).get();
    EXPECT_GE(clock_type::now() - begun, 50ms);
    beat.stop();
    const auto runs = beat.runs();
    pool.submit(rest).get();
    EXPECT_LE(beat.runs(), runs + 1);
  });
}

TEST_F(executor_queue, the_rate_counts_each_call_of_a_map) {
  run([](cohort::executor& pool) {
    pool.limit_rate("", 100);
    const auto begun = clock_type::now();
    (void)pool.map([](int x) { return x; }, std::vector<int>(16));
    EXPECT_GE(clock_type::now() - begun, 140ms);  // fifteen of 10 ms, less what a clock may be off
  });
}

}  // namespace
