// Results that a later run takes from the journal instead of running the tasks again.

#include <cohort/collective/bcast.hpp>
#include <cohort/journal/writer.hpp>
#include <cohort/pattern/executor.hpp>

#include "support/what_of.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

using cohort::test::what_of;

/// A byte for each call, whatever rank it runs on: how many there are now.
std::uint64_t count_call(const std::string& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  EXPECT_EQ(::write(fd, "x", 1), 1);
  ::close(fd);
  return std::filesystem::file_size(file);
}

std::uint64_t calls(const std::string& file) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file, none);
  return none ? 0 : size;
}

int twice(int x, const std::string& file) {
  count_call(file);
  return 2 * x;
}

int thrice(int x, const std::string& file) {
  count_call(file);
  return 3 * x;
}

class executor_journal : public testing::Test {
 protected:
  void SetUp() override { clean(); }
  void TearDown() override { clean(); }

  /// Runs the body; the report of its end, on rank 0.
  cohort::executor_report run(const std::function<void(cohort::executor&)>& body) {
    cohort::executor_report report;
    const auto all = [&](cohort::executor& pool) {
      body(pool);
      report = pool.statistics();
    };
    EXPECT_EQ(cohort::run_executor(world, all, {.journal = file}), 0);
    return report;
  }
  void clean() {
    world.barrier();
    if (world.rank() == 0) std::filesystem::remove_all(folder);
    if (world.rank() == 0) std::filesystem::create_directory(folder);
    world.barrier();
  }
  [[nodiscard]] bool root() const { return world.rank() == 0; }

  cohort::communicator world{MPI_COMM_WORLD};
  std::string folder = name_for_all();
  std::string file = folder + "/journal";
  std::string ran = folder + "/ran";

 private:
  std::string name_for_all() const {
    auto name = testing::TempDir() + "cohort_journal." + std::to_string(getpid());
    world.bcast(name);
    return name;
  }
};

TEST_F(executor_journal, the_second_run_goes_on_where_the_first_was) {
  const auto work = [&](cohort::executor& pool, std::size_t until) {
    std::vector<cohort::future<int>> all;
    for (int i = 0; i != 20; ++i) all.push_back(pool.submit(twice, i, ran));
    for (std::size_t i = 0; i != until; ++i) EXPECT_EQ(all[i].get(), 2 * static_cast<int>(i));
    if (until != all.size()) throw std::runtime_error{"half"};
  };
  const auto broken = [&] {
    cohort::run_executor(world, [&](cohort::executor& pool) { work(pool, 10); }, {.journal = file});
  };
  if (root()) {
    EXPECT_THROW(broken(), std::runtime_error);
  } else {
    broken();
  }
  const auto first = root() ? calls(ran) : 0;
  const auto second = run([&](cohort::executor& pool) { work(pool, 20); });
  const auto third = run([&](cohort::executor& pool) { work(pool, 20); });
  if (!root()) return;
  EXPECT_GE(first, 10U);
  EXPECT_GE(second.reused, 10U);
  EXPECT_EQ(second.reused + second.tasks, 20U);
  EXPECT_LE(calls(ran), first + second.tasks);
  EXPECT_GE(calls(ran), 20U);
  EXPECT_EQ(third.reused, 20U);
  EXPECT_EQ(third.tasks, 0U);
}

TEST_F(executor_journal, calls_that_are_alike_are_counted) {
  std::vector<std::uint64_t> first;
  std::vector<std::uint64_t> second;
  const auto work = [&](std::vector<std::uint64_t>& results, int n) {
    return [&, n](cohort::executor& pool) {
      for (int i = 0; i != n; ++i) results.push_back(pool.submit(count_call, ran).get());
    };
  };
  run(work(first, 5));
  const auto report = run(work(second, 7));
  if (!root()) return;
  EXPECT_EQ(first, (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(second, (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(report.reused, 5U);
  EXPECT_EQ(report.tasks, 2U);
}

TEST_F(executor_journal, functions_and_arguments_are_told_apart) {
  const auto work = [&](cohort::executor& pool) {
    EXPECT_EQ(pool.submit(twice, 4, ran).get(), 8);
    EXPECT_EQ(pool.submit(thrice, 4, ran).get(), 12);
    EXPECT_EQ(pool.submit(thrice, 5, ran).get(), 15);
    EXPECT_EQ(pool.submit([](int x) { return x + 1; }, 4).get(), 5);
    EXPECT_EQ(pool.submit([](int x) { return x - 1; }, 4).get(), 3);
    for (const int by : {10, 20}) EXPECT_EQ(pool.submit([by](int x) { return x * by; }, 4).get(), 4 * by);
    const auto half = [](auto x) { return static_cast<double>(x) / 2; };
    EXPECT_EQ(pool.submit(half, 0x40400000).get(), 0x40400000 / 2.0);
    EXPECT_EQ(pool.submit(half, 3.0F).get(), 1.5);  // the same bytes
  };
  const auto first = run(work);
  const auto second = run(work);
  if (!root()) return;
  EXPECT_EQ(first.reused, 0U);
  EXPECT_EQ(second.reused, 9U);
  EXPECT_EQ(second.tasks, 0U);
  EXPECT_EQ(calls(ran), 3U);
}

TEST_F(executor_journal, results_of_all_kinds_come_back) {
  const auto work = [&](cohort::executor& pool) {
    auto text = pool.submit([](const std::string& name) { return "hello " + name; }, "you");
    auto many = pool.submit([](int n) { return std::vector<double>(static_cast<std::size_t>(n), 0.5); }, 100'000);
    pool.submit([](const std::string& where) { count_call(where); }, ran).get();
    auto sum = pool.submit([](const std::string& a, const std::vector<double>& b) { return a.size() + b.size(); },
                           text, many);
    EXPECT_EQ(sum.get(), 9 + 100'000U);
    EXPECT_EQ(text.get(), "hello you");
    EXPECT_EQ(many.get(), std::vector<double>(100'000, 0.5));
  };
  run(work);
  const auto second = run(work);
  if (!root()) return;
  EXPECT_EQ(second.reused, 4U);
  EXPECT_EQ(second.tasks, 0U);
  EXPECT_EQ(calls(ran), 1U);
}

TEST_F(executor_journal, callbacks_are_called_for_results_of_earlier_runs) {
  int heard = 0;
  const auto work = [&](cohort::executor& pool) {
    auto one = pool.submit([](int x) { return x; }, 1);
    one.on_done([&](const auto& ended) { heard += ended.get(); });
    EXPECT_EQ(one.then([](int x) { return x + 1; }).get(), 2);
  };
  run(work);
  run(work);
  EXPECT_EQ(heard, root() ? 2 : 0);
}

TEST_F(executor_journal, failures_run_again) {
  const auto fail_once = [](const std::string& where) {
    if (count_call(where) == 1) throw std::runtime_error{"the first time"};
    return 7;
  };
  run([&](cohort::executor& pool) { EXPECT_THROW(pool.submit(fail_once, ran).get(), std::exception); });
  const auto second = run([&](cohort::executor& pool) { EXPECT_EQ(pool.submit(fail_once, ran).get(), 7); });
  const auto third = run([&](cohort::executor& pool) { EXPECT_EQ(pool.submit(fail_once, ran).get(), 7); });
  if (!root()) return;
  EXPECT_EQ(second.reused, 0U);
  EXPECT_EQ(third.reused, 1U);
  EXPECT_EQ(calls(ran), 2U);
}

TEST_F(executor_journal, tasks_that_take_less_than_a_message_too) {
  const auto work = [](cohort::executor& pool) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i != 2000; ++i) sum += pool.submit([](std::uint64_t x) { return x * x; }, i).get();
    EXPECT_EQ(sum, 2664667000U);
  };
  run(work);
  const auto second = run(work);
  if (!root()) return;
  EXPECT_EQ(second.reused, 2000U);
  EXPECT_EQ(second.tasks, 0U);
}

TEST_F(executor_journal, what_is_not_to_be_recorded_is_not) {
  const auto work = [&](cohort::executor& pool) {
    pool.with({.journal = false}).submit(twice, 1, ran).get();
    EXPECT_EQ(pool.map([](int x) { return x + 1; }, std::vector{1, 2, 3}), (std::vector{2, 3, 4}));
    auto nested = pool.submit(
        [](cohort::task_context& here, const std::string& where) { return here.submit(twice, 1, where).get(); },
        ran);
    EXPECT_EQ(nested.get(), 2);
  };
  run(work);
  const auto second = run(work);
  if (!root()) return;
  EXPECT_EQ(second.reused, 1U) << "the task that has tasks";
  EXPECT_EQ(calls(ran), 3U) << "two of its own, and one of the task's";
}

TEST_F(executor_journal, what_every_runs_is_run_again) {
  const auto work = [&](cohort::executor& pool) {
    const auto where = ran;
    const auto before = calls(ran);
    auto beat = pool.every(1ms, cohort::closure([](const std::string& to) { count_call(to); }, where));
    // Below thread_level::serialized tasks are begun while somebody waits for one.
    while (calls(ran) < before + 3) pool.with({.countdown = 1ms, .journal = false}).submit([] {}).get();
    beat.stop();
  };
  run(work);
  EXPECT_EQ(run(work).reused, 0U);
}

TEST_F(executor_journal, what_is_wrong_is_said_on_every_rank) {
  const auto nothing = [](cohort::executor&) {};
  const auto said = what_of([&] { cohort::run_executor(world, nothing, {.journal = folder}); });
  EXPECT_NE(said.find("cannot open the journal " + folder), std::string::npos) << said;
  EXPECT_NE(what_of([&] {
              cohort::run_executor(world, nothing, {.journal = folder + "/no/where"});
            }).find("make its directory first"),
            std::string::npos);
  if (root()) {
    const cohort::journal::writer other{file, cohort::journal::fingerprint{}.with("another program")};
  }
  EXPECT_NE(
      what_of([&] { cohort::run_executor(world, nothing, {.journal = file}); }).find("belongs to something else"),
      std::string::npos);
}

TEST_F(executor_journal, one_executor_at_a_time) {
  std::string said;
  run([&](cohort::executor& pool) {
    EXPECT_EQ(pool.submit(twice, 1, ran).get(), 2);
    said = what_of([&] {
      const cohort::journal::writer second{file, cohort::journal::fingerprint{}.with("cohort::executor")};
    });
  });
  if (!root()) return;
  EXPECT_NE(said.find("is in use (process " + std::to_string(::getpid())), std::string::npos) << said;
}

}  // namespace
