// What becomes of tasks, kept in a file and read again.

#include <cohort/collective/bcast.hpp>
#include <cohort/pattern/executor.hpp>

#include "support/what_of.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

using cohort::test::what_of;

int twice(int x) {
  return 2 * x;
}

class executor_store : public testing::Test {
 protected:
  void TearDown() override {
    if (world.rank() != 0) return;
    for (const char* const end : {"", "-wal", "-shm"}) std::filesystem::remove(file + end);
  }

  template <class Body>
  void run(Body body) {
    EXPECT_EQ(cohort::run_executor(world, body, {.store = file}), 0);
  }

  cohort::communicator world{MPI_COMM_WORLD};
  std::string file = name_for_all();

 private:
  std::string name_for_all() const {
    auto name = testing::TempDir() + "cohort_store." + std::to_string(getpid());
    world.bcast(name);
    return name;
  }
};

TEST_F(executor_store, keeps_what_becomes_of_tasks) {
  std::string automatic;
  run([&](cohort::executor& pool) {
    auto plain = pool.submit(twice, 21);
    automatic = plain.id();
    auto named = pool.with({.track_started = true, .id = "words", .name = "count words"})
                     .submit(
                         [](const std::string& s) {
                           return std::vector{s, s};
                         },
                         "ab");
    EXPECT_EQ(named.id(), "words");
    auto flaky = pool.with({.retries = 2, .id = "flaky"}).submit([](cohort::task_context& here) {
      if (here.attempt() < 2) throw std::runtime_error{"not yet"};
    });
    auto broken = pool.with({.retries = 2, .id = "broken"})
                      .submit([](int) -> int { throw std::out_of_range{"no such page"}; }, 1);
    auto behind = pool.with({.id = "behind"}).submit(twice, broken);
    auto late = pool.with({.countdown = 1h, .id = "late"}).submit(twice, 1);
    late.cancel();
    EXPECT_TRUE(cohort::wait_all(std::vector{broken, behind, late, plain}));
    named.get();
    flaky.get();
    EXPECT_TRUE(broken.failure() && behind.failure() && late.failure());
  });
  if (world.rank() != 0) return;
  const cohort::result_store store{file};
  EXPECT_EQ(store.tasks().size(), 6U);
  EXPECT_EQ(store.get<int>(automatic), 42);
  EXPECT_EQ(store.get<std::vector<std::string>>("words"), (std::vector<std::string>{"ab", "ab"}));
  store.get<void>("flaky");
  EXPECT_THROW(static_cast<void>(store.get<int>("late")), cohort::cancelled_error);
  try {
    static_cast<void>(store.get<int>("broken"));
    ADD_FAILURE();
  } catch (const cohort::task_error& e) {
    EXPECT_EQ(e.message, "no such page");
    EXPECT_EQ(e.type, "std::out_of_range");
    EXPECT_GE(e.rank, 0);
    EXPECT_FALSE(e.host.empty());
  }
  const auto words = store.find("words").value();
  EXPECT_EQ(words.name, "count words");
  EXPECT_EQ(words.state, cohort::task_state::succeeded);
  EXPECT_EQ(words.attempts, 1U);
  EXPECT_GE(words.rank, 0);
  EXPECT_LE(words.submitted, words.started);
  EXPECT_LE(words.started, words.ended);
  EXPECT_GT(words.bytes, 0U);
  EXPECT_GE(store.find("flaky")->attempts,
            2U);  // a number may be left out: that of an attempt given back unstarted
  EXPECT_EQ(store.find("broken")->attempts, 3U);
  EXPECT_EQ(store.find("behind")->state, cohort::task_state::failed);
  EXPECT_EQ(store.find("behind")->attempts, 0U);
  EXPECT_EQ(store.find("behind")->error, "no such page");
  EXPECT_EQ(store.find("late")->state, cohort::task_state::revoked);
  EXPECT_FALSE(store.find("nobody"));
}

TEST_F(executor_store, a_later_run_takes_what_is_there) {
  const auto submit = [](cohort::executor& pool, int x) {
    return pool.with({.id = "square", .reuse = true}).submit([](int y) { return y * y; }, x);
  };
  run([&](cohort::executor& pool) {
    EXPECT_EQ(submit(pool, 3).get(), 9);  // not there yet
    EXPECT_EQ(submit(pool, 4).get(), 9);
    EXPECT_EQ(pool.statistics().reused, 1U);
    EXPECT_EQ(pool.statistics().tasks, 1U);
  });
  run([&](cohort::executor& pool) {
    auto again = submit(pool, 5);
    EXPECT_TRUE(again.ready());
    EXPECT_EQ(again.id(), "square");
    auto next = pool.submit(twice, again);
    EXPECT_EQ(next.get(), 18);
    EXPECT_EQ(pool.statistics().reused, 1U);
    const auto other = [&] { pool.with({.id = "square", .reuse = true}).submit([] { return 1.5; }); };
    EXPECT_NE(what_of(other).find("the result of task square is of type int (double is asked for)"),
              std::string::npos)
        << what_of(other);
    EXPECT_THROW(static_cast<void>(pool.with({.reuse = true})), cohort::argument_error);
    EXPECT_EQ(pool.with({.id = "square"}).submit(twice, 8).get(), 16);  // not asked to reuse
    EXPECT_EQ(submit(pool, 6).get(), 16);
  });
  if (world.rank() == 0) {
    EXPECT_EQ(cohort::result_store{file}.find("square")->reused, 1U);
  }
}

TEST_F(executor_store, what_failed_is_run_again) {
  for (const bool fails : {true, false}) {
    run([&](cohort::executor& pool) {
      auto task = pool.with({.id = "x", .reuse = true}).submit([fails] {
        return fails ? throw std::runtime_error{"down"} : 7;
      });
      EXPECT_EQ(task.failure().has_value(), fails);
    });
  }
  if (world.rank() == 0) {
    EXPECT_EQ(cohort::result_store{file}.get<int>("x"), 7);
  }
}

TEST_F(executor_store, is_written_while_the_executor_runs_and_when_its_body_throws) {
  try {
    const auto body = [&](cohort::executor& pool) {
      pool.with({.id = "early"}).submit(twice, 1).get();
      const auto deadline = std::chrono::steady_clock::now() + 20s;
      const cohort::result_store store{file};
      auto row = store.find("early");
      while ((!row || row->state != cohort::task_state::succeeded) && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(10ms);
        row = store.find("early");
      }
      EXPECT_EQ(store.get<int>("early"), 2);
      auto waits = pool.with({.countdown = 1h, .id = "waits"}).submit(twice, 1);
      throw std::logic_error{"the body's own"};
    };
    EXPECT_EQ(cohort::run_executor(world, body, {.store = file}), 1);
    EXPECT_NE(world.rank(), 0);
  } catch (const std::logic_error&) {
    EXPECT_EQ(world.rank(), 0);
  }
  if (world.rank() != 0) return;
  cohort::result_store store{file};
  EXPECT_EQ(store.find("waits")->state, cohort::task_state::revoked);
  EXPECT_TRUE(store.forget("waits"));
  EXPECT_FALSE(store.forget("waits"));
  EXPECT_EQ(store.expire(1h), 0U);
  EXPECT_EQ(store.expire(0s), 1U);
  EXPECT_TRUE(store.tasks().empty());
}

TEST_F(executor_store, forgets_what_is_old_at_the_start) {
  run([](cohort::executor& pool) { pool.with({.id = "old"}).submit(twice, 1).get(); });
  cohort::run_executor(world, [](cohort::executor&) {}, {.store = file, .store_expires = 1h});
  if (world.rank() == 0) {
    EXPECT_TRUE(cohort::result_store{file}.find("old"));
  }
  cohort::run_executor(world, [](cohort::executor&) {}, {.store = file, .store_expires = 1ns});
  if (world.rank() == 0) {
    EXPECT_FALSE(cohort::result_store{file}.find("old"));
  }
}

TEST_F(executor_store, a_store_that_cannot_be_is_an_error_on_every_rank) {
  const auto open = [&](const std::string& path) {
    return what_of([&] { cohort::run_executor(world, [](cohort::executor&) {}, {.store = path}); });
  };
  EXPECT_NE(
      open("/no/such/folder/results.db").find("result store /no/such/folder/results.db: it cannot be opened ("),
      std::string::npos)
      << open("/no/such/folder/results.db");
  if (world.rank() == 0) std::ofstream{file} << std::string(4096, 'x');
  EXPECT_NE(open(file).find(": it is no database (file is not a database); "), std::string::npos) << open(file);
  TearDown();
  const auto alter = [&](const char* sql) {
    if (world.rank() != 0) return;
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
  };
  alter("CREATE TABLE recipes(name TEXT)");
  EXPECT_NE(open(file).find(": it is not a result store (a database of another program)"), std::string::npos)
      << open(file);
  TearDown();
  EXPECT_EQ(open(file), "nothing thrown");
  alter("PRAGMA user_version = 99");
  EXPECT_NE(open(file).find(": its schema is version 99 (this cohort knows version 1)"), std::string::npos)
      << open(file);
  TearDown();
  if (world.rank() != 0) return;
  EXPECT_NE(what_of([&] { const cohort::result_store store{file}; }).find(": there is no such file ("),
            std::string::npos);
}

TEST_F(executor_store, says_why_there_is_no_such_result) {
  run([](cohort::executor& pool) { pool.with({.id = "here"}).submit(twice, 1).get(); });
  if (world.rank() != 0) return;
  const cohort::result_store store{file};
  EXPECT_NE(what_of([&] { static_cast<void>(store.get<int>("there")); }).find("there is no task there ("),
            std::string::npos);
  EXPECT_NE(what_of([&] { static_cast<void>(store.get<std::string>("here")); }).find("is of type int ("),
            std::string::npos);
}

TEST_F(executor_store, keeps_many) {
  run([](cohort::executor& pool) {
    std::vector<cohort::future<int>> futures;
    for (int i = 0; i != 5000; ++i) futures.push_back(pool.submit(twice, i));
    for (int i = 0; i != 5000; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].get(), 2 * i);
  });
  if (world.rank() != 0) return;
  const auto tasks = cohort::result_store{file}.tasks();
  EXPECT_EQ(tasks.size(), 5000U);
  for (const auto& task : tasks) {
    EXPECT_EQ(task.state, cohort::task_state::succeeded);
    EXPECT_EQ(task.type, "int");
  }
}

}  // namespace
