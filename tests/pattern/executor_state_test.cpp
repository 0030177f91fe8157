// What each rank makes for its tasks.

#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/rank_error.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Neither copyable nor movable, and remembers what became of it.
class database {
 public:
  struct fate {
    std::atomic<int> made{0};
    std::atomic<int> ended{0};
    std::thread::id maker;
    std::thread::id ender;
  };
  database(fate& told, int rank) : told_{told}, rank_{rank} {
    ++told_.made;
    told_.maker = std::this_thread::get_id();
  }
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  ~database() {
    ++told_.ended;
    told_.ender = std::this_thread::get_id();
  }
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] bool open() const { return told_.ended == 0; }
  int count() { return ++count_; }

 private:
  fate& told_;
  int rank_;
  std::atomic<int> count_{0};
};

/// As a task's result: the rank, if its state is that rank's.
int who(cohort::task_context& here, int) {
  auto& db = here.state<database>();
  db.count();
  return db.open() && db.rank() == here.rank() ? here.rank() : -1;
}

class executor_state : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
};

TEST_F(executor_state, is_one_object_per_rank_from_before_the_first_task_to_after_the_last) {
  for (const std::uint32_t threads : {1U, 3U}) {
    database::fate told;
    bool initialized = false;
    int made_after = 0;
    const auto make = [&, rank = world.rank()] {
      made_after = initialized ? world.allreduce(1, std::plus{}) : -1;  // it may call MPI
      return database{told, rank};
    };
    const auto body = [&](cohort::executor& pool) {
      EXPECT_EQ(told.made, 1);
      for (const int rank : pool.map(who, std::vector<int>(1000))) EXPECT_GE(rank, 0);
      // A task's task, and one that waits for it.
      const auto outer = [](cohort::task_context& here) {
        return here.submit(who, 1).get() >= 0 && who(here, 1) >= 0;
      };
      EXPECT_TRUE(pool.submit(outer).get());
      EXPECT_EQ(told.ended, 0);
    };
    EXPECT_EQ(
        cohort::run_executor(
            world, body,
            {.threads = threads, .initializer = [&] { initialized = true; }, .state = cohort::rank_state{make}}),
        0);
    EXPECT_EQ(made_after, world.size());
    EXPECT_EQ(told.made, 1);
    EXPECT_EQ(told.ended, 1);
    EXPECT_EQ(told.maker, std::this_thread::get_id());
    EXPECT_EQ(told.ender, std::this_thread::get_id());
  }
}

TEST_F(executor_state, keeps_what_tasks_leave_in_it) {
  int counted = 0;
  // The state tells what it had when it ended.
  struct reporter {
    int* to;
    std::vector<int> values{0};
    explicit reporter(int* where) : to{where} {}
    reporter(const reporter&) = delete;
    reporter& operator=(const reporter&) = delete;
    ~reporter() { *to = values.front(); }
  };
  const auto counting = [](cohort::executor& pool) {
    pool.for_each([](cohort::task_context& here, int) { ++here.state<reporter>().values.front(); },
                  std::vector<int>(500));
  };
  EXPECT_EQ(
      cohort::run_executor(world, counting, {.state = cohort::rank_state{[&] { return reporter{&counted}; }}}), 0);
  EXPECT_EQ(world.allreduce(counted, std::plus{}), 500);
}

TEST_F(executor_state, that_cannot_be_made_is_every_ranks_failure) {
  const int last = world.size() - 1;
  database::fate told;
  bool begun = false;
  const auto make = [&]() -> std::unique_ptr<database> {
    if (world.rank() == last) throw std::runtime_error{"no such database"};
    return std::make_unique<database>(told, 0);
  };
  try {
    cohort::run_executor(world, [&](cohort::executor&) { begun = true; }, {.state = cohort::rank_state{make}});
    ADD_FAILURE();
  } catch (const cohort::rank_error& e) {
    EXPECT_EQ(e.failure().rank, last);
    const std::string text = e.what();
    EXPECT_EQ(text.find("run_executor failed on rank " + std::to_string(last)), 0U) << text;
    EXPECT_NE(text.find(" in the making of its state: std::runtime_error: no such database"), std::string::npos)
        << text;
  }
  EXPECT_FALSE(begun);
  EXPECT_EQ(told.made, told.ended);
}

/// What the task's error says.
std::string refused(cohort::executor& pool) {
  try {
    pool.submit([](cohort::task_context& here) { return here.state<std::string>().size(); }).get();
  } catch (const cohort::argument_error& e) {
    return e.what();
  }
  return "";
}

TEST_F(executor_state, of_another_type_is_an_error_that_names_both) {
  std::string text;
  cohort::run_executor(world, [&](cohort::executor& pool) { text = refused(pool); },
                       {.state = cohort::rank_state{[] { return std::vector<double>(3); }}});
  if (world.rank() == 0) {
    EXPECT_NE(text.find("std::vector<double"), std::string::npos) << text;
    EXPECT_NE(text.find("asks for a std::"), std::string::npos) << text;
    EXPECT_NE(text.find("string"), std::string::npos) << text;
  }
  cohort::run_executor(world, [&](cohort::executor& pool) { text = refused(pool); });
  EXPECT_TRUE(world.rank() != 0 || text.find("the ranks have no state") != std::string::npos) << text;
}

}  // namespace
