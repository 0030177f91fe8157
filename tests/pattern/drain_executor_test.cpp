// Executors that wind up before their tasks have ended: by signals to any rank, or since their time is nearly over.

#include <cohort/collective/allgather.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/indices.hpp>

#include "support/scratch.hpp"
#include "support/what_of.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <sys/types.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

using cohort::test::what_of;

/// A byte for each call, whatever rank it runs on.
void count(const std::string& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  EXPECT_EQ(::write(fd, "x", 1), 1);
  ::close(fd);
}
std::uint64_t counted(const std::string& file) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file, none);
  return none ? 0 : size;
}
void await(const std::string& file) {
  while (!std::filesystem::exists(file)) std::this_thread::sleep_for(1ms);
}

/// Says that it has begun, and waits until it may end.
int gated(int x, const std::string& folder) {
  count(folder + "/begun");
  await(folder + "/gate");
  return 2 * x;
}

class drain_executor : public testing::Test {
 protected:
  static constexpr int tasks = 40;

  drain_executor() {
    if (root()) made.emplace();
    folder = made ? made->path() : std::string{};
    world.bcast(folder);
    pids = world.allgather(::getpid());
  }
  [[nodiscard]] bool root() const { return world.rank() == 0; }
  [[nodiscard]] bool exists(const std::string& name) const { return std::filesystem::exists(folder + "/" + name); }
  void open_gate() const { std::ofstream{folder + "/gate"} << "open"; }
  [[nodiscard]] std::uint64_t begun() const { return counted(folder + "/begun"); }

  [[nodiscard]] cohort::executor_options options(cohort::drain_options drain) const {
    return {.prefetch = 0, .journal = folder + "/journal", .drain = std::move(drain)};
  }
  [[nodiscard]] cohort::executor_options on_signals() const { return options({.signals = {SIGUSR1, SIGTERM}}); }

  int run(const cohort::executor_options& how, const std::function<void(cohort::executor&)>& body) const {
    return cohort::run_executor(world, body, how);
  }
  /// The body waits as long as it must for all ranks to be in a gated task.
  void await_full(cohort::executor& pool) const {
    while (begun() < pool.slots()) {
      // Below thread_level::serialized nothing goes on while nobody looks.
      static_cast<void>(pool.draining());
      std::this_thread::sleep_for(1ms);
    }
  }
  void signal_to(cohort::executor& pool, int rank, int number) const {
    ::kill(pids[static_cast<std::size_t>(rank)], number);
    while (!pool.draining()) std::this_thread::sleep_for(1ms);
  }
  /// Runs the same tasks again, without a signal.
  void second_life(std::uint64_t done) const {
    cohort::executor_report report;
    EXPECT_EQ(run(on_signals(),
                  [&](cohort::executor& pool) {
                    std::vector<cohort::future<int>> all;
                    for (int i = 0; i != tasks; ++i) all.push_back(pool.submit(gated, i, folder));
                    for (int i = 0; i != tasks; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)].get(), 2 * i);
                    EXPECT_FALSE(pool.draining());
                    report = pool.statistics();
                  }),
              0);
    if (!root()) return;
    EXPECT_EQ(report.reused, done);
    EXPECT_EQ(begun(), static_cast<std::uint64_t>(tasks));
  }

  cohort::communicator world{MPI_COMM_WORLD};
  std::optional<cohort::test::scratch> made;  ///< on the root
  std::string folder;
  std::vector<pid_t> pids;
};

TEST_F(drain_executor, a_signal_to_any_rank_lets_what_runs_end_and_names_the_rest) {
  for (const int rank : {0, world.size() - 1}) {
    SCOPED_TRACE(rank);
    if (root()) std::filesystem::remove_all(folder);
    if (root()) std::filesystem::create_directory(folder);
    std::uint64_t done = 0;
    const int status = run(on_signals(), [&](cohort::executor& pool) {
      std::vector<cohort::future<int>> all;
      for (int i = 0; i != tasks; ++i)
        all.push_back(pool.with({.retries = 2, .name = "job " + std::to_string(i)}).submit(gated, i, folder));
      await_full(pool);
      signal_to(pool, rank, SIGUSR1);
      auto late = pool.submit(gated, 1000, folder);
      open_gate();
      std::vector<std::string> left;
      for (int i = 0; i != tasks; ++i) {
        try {
          EXPECT_EQ(all[static_cast<std::size_t>(i)].get(), 2 * i);
          ++done;
        } catch (const cohort::drained_error& e) {
          EXPECT_EQ(e.failure().name, "job " + std::to_string(i));
          EXPECT_EQ(e.failure().reason, cohort::dispatch::end_reason::drained);
          EXPECT_NE(std::string{e.what()}.find("SIGUSR1 came to rank " + std::to_string(rank)), std::string::npos)
              << e.what();
          EXPECT_EQ(all[static_cast<std::size_t>(i)].state(), cohort::task_state::revoked);
          left.push_back(e.failure().name);
        }
      }
      EXPECT_THROW(late.get(), cohort::drained_error);
      left.push_back("task " + std::to_string(tasks));
      auto named = pool.not_run();
      std::sort(named.begin(), named.end());
      std::sort(left.begin(), left.end());
      EXPECT_EQ(named, left);
      const auto report = pool.statistics();
      EXPECT_EQ(report.drained, left.size());
      EXPECT_EQ(report.succeeded, done);
      EXPECT_EQ(report.failed + report.cancelled + report.retried + report.waiting, 0U);
    });
    EXPECT_EQ(status, cohort::resume_status);
    if (root()) {
      EXPECT_EQ(done, begun());  // nothing has begun in vain, nor after the signal
      EXPECT_EQ(done, static_cast<std::uint64_t>(world.size()));
    }
    second_life(done);
  }
}

TEST_F(drain_executor, a_body_that_lets_the_exception_pass_ends_well) {
  std::uint64_t done = 0;
  const int status = run(on_signals(), [&](cohort::executor& pool) {
    std::vector<cohort::future<int>> all;
    for (int i = 0; i != tasks; ++i) all.push_back(pool.submit(gated, i, folder));
    await_full(pool);
    signal_to(pool, world.size() - 1, SIGTERM);
    open_gate();
    for (auto& each : all) {
      static_cast<void>(each.get());
      ++done;
    }
  });
  EXPECT_EQ(status, cohort::resume_status);
  if (root()) {
    EXPECT_LE(done, begun());
  }
  second_life(root() ? begun() : 0);  // what ran was waited for, and recorded
}

TEST_F(drain_executor, an_attempt_that_fails_burns_no_retry) {
  const auto fails = [](const std::string& where, int more) -> int {
    count(where + "/begun");
    await(where + "/gate");
    count(where + "/failed");
    throw std::runtime_error{"once more " + std::to_string(more)};
  };
  const int status = run(on_signals(), [&](cohort::executor& pool) {
    std::vector<cohort::future<int>> all;
    for (std::size_t i = 0; i != pool.slots(); ++i)
      all.push_back(pool.with({.retries = 3}).submit(fails, folder, static_cast<int>(i)));
    await_full(pool);
    signal_to(pool, 0, SIGUSR1);
    auto last = pool.submit(fails, folder, -1);
    open_gate();
    for (auto& each : all) EXPECT_THROW(each.get(), cohort::drained_error);
    EXPECT_THROW(last.get(), cohort::drained_error);
    EXPECT_EQ(pool.statistics().retried, 0U);
    EXPECT_EQ(pool.statistics().failed, 0U);
  });
  EXPECT_EQ(status, cohort::resume_status);
  if (root()) {
    EXPECT_EQ(counted(folder + "/failed"), static_cast<std::uint64_t>(world.size()));
  }
}

TEST_F(drain_executor, a_failure_without_retries_is_one) {
  const auto fails = [](const std::string& where) {
    count(where + "/begun");
    await(where + "/gate");
    throw std::runtime_error{"for good"};
  };
  EXPECT_EQ(run(on_signals(),
                [&](cohort::executor& pool) {
                  auto one = pool.submit(fails, folder);
                  while (begun() == 0 && !pool.draining()) std::this_thread::sleep_for(1ms);
                  signal_to(pool, 0, SIGUSR1);
                  open_gate();
                  EXPECT_THROW(one.get(), std::runtime_error);
                  EXPECT_TRUE(pool.not_run().empty());
                }),
            0);
}

TEST_F(drain_executor, the_second_signal_stops_what_runs) {
  const auto runs = [](cohort::task_context& here, const std::string& where) {
    count(where + "/begun");
    while (!here.stop_requested()) std::this_thread::sleep_for(1ms);
    count(where + "/stopped");
  };
  const int status = run(on_signals(), [&](cohort::executor& pool) {
    std::vector<cohort::future<void>> all;
    for (int i = 0; i != tasks; ++i) all.push_back(pool.submit(runs, folder));
    await_full(pool);
    signal_to(pool, 0, SIGUSR1);
    ::kill(pids.front(), SIGTERM);
    for (auto& each : all) EXPECT_THROW(each.get(), cohort::drained_error);
    EXPECT_EQ(pool.not_run().size(), all.size());
  });
  EXPECT_EQ(status, cohort::resume_status);
  if (root()) {
    EXPECT_EQ(begun(), static_cast<std::uint64_t>(world.size()));
    EXPECT_EQ(counted(folder + "/stopped"), begun());
  }
}

TEST_F(drain_executor, what_runs_is_stopped_when_patience_ends) {
  const auto runs = [](cohort::task_context& here, const std::string& where) {
    count(where + "/begun");
    while (!here.stop_requested()) std::this_thread::sleep_for(1ms);
  };
  EXPECT_EQ(run(options({.signals = {SIGUSR1}, .patience = 20ms}),
                [&](cohort::executor& pool) {
                  auto one = pool.with({.retries = 7}).submit(runs, folder);
                  while (begun() == 0 && !pool.draining()) std::this_thread::sleep_for(1ms);
                  signal_to(pool, 0, SIGUSR1);
                  EXPECT_THROW(one.get(), cohort::drained_error);
                }),
            cohort::resume_status);
}

TEST_F(drain_executor, a_function_that_does_not_heed_the_stop_is_left_and_the_next_life_runs_it) {
  const auto stubborn = [](const std::string& where) {
    count(where + "/begun");
    await(where + "/gate");
    count(where + "/ended");
  };
  auto how = on_signals();
  how.grace = 50ms;
  const int status = run(how, [&](cohort::executor& pool) {
    std::vector<cohort::future<void>> all;
    for (int i = 0; i != tasks; ++i) all.push_back(pool.submit(stubborn, folder));
    await_full(pool);
    signal_to(pool, world.size() - 1, SIGUSR1);
    ::kill(pids.back(), SIGUSR1);
    for (auto& each : all) EXPECT_THROW(each.get(), cohort::drained_error);
    EXPECT_EQ(pool.not_run().size(), all.size());
  });
  EXPECT_EQ(status, cohort::resume_status);
  if (!root()) return;
  open_gate();
  while (counted(folder + "/ended") != begun()) std::this_thread::sleep_for(1ms);
}

TEST_F(drain_executor, callbacks_of_what_is_not_run_are_called_before_the_end) {
  int heard = 0;
  const int status = run(on_signals(), [&](cohort::executor& pool) {
    signal_to(pool, 0, SIGUSR1);
    for (int i = 0; i != tasks; ++i) {
      pool.submit([](int x) { return x; }, i).on_error([&](const cohort::task_failure& why) {
        EXPECT_EQ(why.reason, cohort::dispatch::end_reason::drained);
        ++heard;
      });
    }
  });
  EXPECT_EQ(status, cohort::resume_status);
  EXPECT_EQ(heard, root() ? tasks : 0);
}

TEST_F(drain_executor, a_signal_that_is_named_twice_comes_once) {
  const int status = run(options({.signals = {SIGUSR1, SIGUSR1}}), [&](cohort::executor& pool) {
    auto one = pool.submit(gated, 1, folder);
    while (begun() == 0 && !pool.draining()) std::this_thread::sleep_for(1ms);
    signal_to(pool, 0, SIGUSR1);
    static_cast<void>(pool.draining());
    open_gate();
    EXPECT_EQ(one.get(), 2);
  });
  EXPECT_EQ(status, 0);
}

TEST_F(drain_executor, tasks_that_run_may_still_submit_tasks) {
  const auto parent = [](cohort::task_context& here, const std::string& where) {
    count(where + "/begun");
    await(where + "/gate");
    return here.submit([](int x) { return x + 1; }, 4).get();
  };
  const int status = run(on_signals(), [&](cohort::executor& pool) {
    std::vector<cohort::future<int>> all;
    for (int i = 0; i != tasks; ++i) all.push_back(pool.submit(parent, folder));
    await_full(pool);
    signal_to(pool, world.size() - 1, SIGUSR1);
    open_gate();
    std::size_t done = 0;
    for (auto& each : all) {
      try {
        EXPECT_EQ(each.get(), 5);
        ++done;
      } catch (const cohort::drained_error&) {
      }
    }
    EXPECT_EQ(done, pool.slots());
  });
  EXPECT_EQ(status, cohort::resume_status);
}

TEST_F(drain_executor, what_waits_for_a_result_is_not_run_either) {
  EXPECT_EQ(run(on_signals(),
                [&](cohort::executor& pool) {
                  signal_to(pool, 0, SIGUSR1);
                  auto first = pool.submit([](int x) { return x; }, 1);
                  auto second = pool.with({.name = "second"}).submit([](int x) { return x; }, first);
                  auto third = pool.submit([](int x) { return x; }, second);
                  EXPECT_THROW(second.get(), cohort::drained_error);
                  EXPECT_THROW(third.get(), cohort::drained_error);
                  EXPECT_EQ(second.failure()->name, "second");
                  EXPECT_EQ(pool.not_run(), (std::vector<std::string>{"task 0", "second", "task 2"}));
                  EXPECT_THROW(first.then([](int x) { return x; }).get(), cohort::drained_error);
                }),
            cohort::resume_status);
}

TEST_F(drain_executor, a_map_ends_and_a_series_too) {
  int status = run(on_signals(), [&](cohort::executor& pool) {
    auto beat = pool.every(1ms, [] {});
    auto squares = pool.imap(
        [](int x) {
          // A rank may be at a later chunk while another is still at this one.
          std::this_thread::sleep_for(x % 16 == 9 ? 20ms : 1ms);
          return std::int64_t{x} * x;
        },
        cohort::indices(0, 1'000'000'000));
    std::int64_t next = 0;
    for (auto each = squares.begin(); each != squares.end(); ++each) {
      try {
        if (next < 0) {  // of a chunk that had begun when one before it had not
          const auto root = std::llround(std::sqrt(*each));
          EXPECT_TRUE(root > 4 && root * root == *each) << *each;
          continue;
        }
        EXPECT_EQ(*each, next * next);
        if (++next == 5) ::kill(pids.back(), SIGUSR1);
      } catch (const cohort::drained_error& e) {
        EXPECT_GE(e.failure().task, 5U);
        next = -1;  // what comes behind it is told once per chunk, and no more is taken from the input
      }
    }
    EXPECT_LT(next, 0);
    EXPECT_THROW(static_cast<void>(pool.map([](int x) { return x; }, std::vector{1, 2, 3})), cohort::drained_error);
  });
  EXPECT_EQ(status, cohort::resume_status);
  // A series alone is no work that is left.
  status = run(options({.signals = {SIGUSR1}}), [&](cohort::executor& pool) {
    auto beat = pool.every(1h, [] {});
    signal_to(pool, 0, SIGUSR1);
  });
  EXPECT_EQ(status, 0);
}

TEST_F(drain_executor, a_time_that_ends_in_the_middle_leaves_the_rest_to_the_next_life) {
  const auto brief = [](int x) {
    std::this_thread::sleep_for(10ms);
    return x;
  };
  const auto n = 200 * world.size();
  std::uint64_t done = 0;
  std::uint64_t left = 0;
  const auto work = [&](cohort::executor& pool) {
    std::vector<cohort::future<int>> all;
    for (int i = 0; i != n; ++i) all.push_back(pool.submit(brief, i));
    for (int i = 0; i != n; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)].get(), i);
  };
  auto how = options({.until = 1s, .reserve = 500ms});
  EXPECT_EQ(run(how,
                [&](cohort::executor& pool) {
                  EXPECT_THROW(work(pool), cohort::drained_error);
                  while (pool.statistics().waiting != 0) static_cast<void>(pool.draining());
                  done = pool.statistics().succeeded;
                  left = pool.not_run().size();
                }),
            cohort::resume_status);
  cohort::executor_report second;
  how.drain = {};
  EXPECT_EQ(run(how,
                [&](cohort::executor& pool) {
                  work(pool);
                  second = pool.statistics();
                }),
            0);
  if (!root()) return;
  EXPECT_EQ(done + left, static_cast<std::uint64_t>(n));
  EXPECT_EQ(second.reused, done);
  EXPECT_EQ(second.tasks, left);
}

TEST_F(drain_executor, a_time_that_is_all_in_reserve_begins_nothing) {
  EXPECT_EQ(run(options({.until = std::chrono::system_clock::now() + 1h, .reserve = 2h}),
                [&](cohort::executor& pool) {
                  EXPECT_TRUE(pool.draining());
                  EXPECT_THROW(pool.submit(gated, 1, folder).get(), cohort::drained_error);
                  EXPECT_EQ(pool.not_run(), std::vector<std::string>{"task 0"});
                }),
            cohort::resume_status);
  EXPECT_FALSE(exists("begun"));
}

TEST_F(drain_executor, without_a_job_its_end_is_never) {
  if (const char* const job = std::getenv("SLURM_JOB_ID"); job != nullptr) return;
  EXPECT_EQ(run(options({.until = cohort::end_of_job()}),
                [&](cohort::executor& pool) {
                  EXPECT_EQ(pool.submit([](int x) { return x; }, 1).get(), 1);
                  EXPECT_FALSE(pool.draining());
                }),
            0);
}

TEST_F(drain_executor, variables_of_a_job_that_contradict_each_other_are_no_end) {
  const std::vector<std::pair<const char*, const char*>> wrong{{"SLURM_JOB_ID", "1"}, {"SLURM_JOB_NODELIST", "a["}};
  if (std::getenv("SLURM_JOB_ID") != nullptr) return;
  for (const auto& [name, value] : wrong) ::setenv(name, value, 1);
  EXPECT_EQ(run(options({.until = cohort::end_of_job()}),
                [&](cohort::executor& pool) { EXPECT_EQ(pool.submit([](int x) { return x; }, 1).get(), 1); }),
            0);
  for (const auto& [name, value] : wrong) ::unsetenv(name);
}

TEST_F(drain_executor, the_store_counts_an_attempt_once) {
  const auto file = folder + "/store";
  const auto slow = [](const std::string& where) {
    count(where + "/begun");
    std::this_thread::sleep_for(400ms);
    await(where + "/gate");
  };
  auto how = options({.until = 1h, .signals = {SIGUSR1}});
  how.store = file;
  const int status = run(how, [&](cohort::executor& pool) {
    auto one = pool.with({.track_started = true, .id = "one"}).submit(slow, folder);
    while (one.state() != cohort::task_state::started) static_cast<void>(pool.draining());
    std::this_thread::sleep_for(300ms);
    static_cast<void>(pool.draining());
    EXPECT_EQ(cohort::result_store{file}.find("one")->attempts, 1U);
    open_gate();
    one.get();
  });
  EXPECT_EQ(status, 0);
}

TEST_F(drain_executor, signals_are_as_before_afterwards) {
  struct sigaction mine {};
  mine.sa_handler = SIG_IGN;
  struct sigaction before {};
  ::sigaction(SIGUSR2, &mine, &before);
  EXPECT_EQ(run(options({.signals = {SIGUSR2}}), [](cohort::executor&) {}), 0);
  struct sigaction after {};
  ::sigaction(SIGUSR2, &before, &after);
  EXPECT_EQ(after.sa_handler, SIG_IGN);
}

TEST_F(drain_executor, options_that_make_no_sense_are_refused_on_every_rank) {
  const auto refused = [&](cohort::drain_options how, const char* why) {
    const auto said = what_of([&] { run({.drain = std::move(how)}, [](cohort::executor&) {}); });
    EXPECT_NE(said.find(why), std::string::npos) << said;
  };
  refused({.signals = {SIGKILL}}, "signal 9 cannot be handled");
  refused({.signals = {SIGUSR1, 1000}}, "signal 1000 cannot be handled");
  refused({.until = -1s}, "drain.until leaves no time");
  refused({.reserve = -1s}, "drain.reserve is negative");
  refused({.patience = -1s}, "drain.patience is negative");
}

}  // namespace
