// What a farm promises besides results: which options it takes, how it takes its input, whose copy of the function
// runs.

#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

class farm_contract : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  cohort::communicator alone{MPI_COMM_SELF};
  bool root = world.rank() == 0;
};

TEST_F(farm_contract, refuses_options_on_every_rank) {
  const auto refused = [&](const std::string& what, const cohort::farm_options& options) {
    try {
      const cohort::farm f{world, [](int x) { return x; }, options};
      ADD_FAILURE() << "accepted; expected: " << what;
    } catch (const cohort::argument_error& e) {
      EXPECT_NE(std::string{e.what()}.find(what), std::string::npos) << e.what();
      EXPECT_NE(std::string{e.what()}.find("farm on rank " + std::to_string(world.rank()) + " (called at "),
                std::string::npos)
          << e.what();
    }
  };
  refused("schedule static_block is not for a scheduler", {.schedule = cohort::dispatch::schedule::static_block});
  refused("window is 0", {.window = 0});
  refused("timeout is negative", {.timeout = -1s});
  refused("grace is negative", {.grace = -1s});
}

/// An input that cannot even begin.
struct broken_input {
  static cohort::indices<int>::iterator begin() { throw std::logic_error("no input"); }
  static cohort::indices<int>::iterator end() { return {}; }
};

TEST_F(farm_contract, lets_the_others_go_if_the_input_cannot_begin) {
  cohort::farm f{world, [](int x) { return x; }};
  bool thrown = false;
  try {
    f.run(broken_input{}, [](int) {});
  } catch (const std::logic_error&) {
    thrown = true;
  }
  EXPECT_EQ(thrown, root);
  EXPECT_EQ(world.allreduce(1, std::plus{}), world.size());
}

TEST_F(farm_contract, takes_input_however_long_one_task_runs) {
  std::atomic<int> done = 0;
  int seen = 0;
  cohort::farm f{alone,
                 [&](int x) {
                   // Ends when the others have; the limit on rounds makes a failure of what would be a hang.
                   for (int i = 0; x == 0 && done < 100 && i < 1000; ++i) std::this_thread::sleep_for(5ms);
                   if (x == 0) seen = done;
                   ++done;
                   return x;
                 },
                 {.threads = 2, .prefetch = 0, .schedule = cohort::dispatch::schedule::self, .window = 4}};
  f.run(cohort::indices(0, 200), [](int) {});
  EXPECT_GE(seen, 100);
}

/// Counts calls that meet another call of the same object.
class touchy {
 public:
  explicit touchy(std::atomic<int>& clashes) : clashes_{&clashes} {}
  int operator()(int x) {
    if (++inside_ != 1) ++*clashes_;
    std::this_thread::sleep_for(1ms);
    --inside_;
    return x;
  }

 private:
  std::atomic<int>* clashes_;
  int inside_ = 0;
};

TEST_F(farm_contract, gives_each_thread_a_copy_of_the_function) {
  std::atomic<int> clashes = 0;
  cohort::farm f{world, touchy{clashes}, {.threads = 4}};
  const auto report = f.run(cohort::indices(0, 200), [](int) {});
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(clashes, 0);
}

/// Its third object cannot be written, which shows when its size is known already.
class moody {
 public:
  moody() = default;
  explicit moody(int n) : number{n} {}
  template <class Archive>
  void serialize(Archive& archive, unsigned) {
    archive& text;
    if constexpr (requires { archive.at; }) {
      if (number == 3) throw std::logic_error("cannot be written");
    }
    archive& number;
  }
  int number = 0;
  std::string text = "makes it no plain type";
};

TEST_F(farm_contract, never_sends_half_a_task) {
  std::atomic<int> strange = 0;
  cohort::farm f{world, [&](const moody& task) {
                   if (task.text.size() != 22 || task.number == 3) ++strange;
                   return task.number;
                 }};
  std::vector<moody> tasks;
  for (int i = 1; i != 100; ++i) tasks.emplace_back(i);
  bool thrown = false;
  try {
    f.run(tasks, [](int) {});
  } catch (const std::logic_error&) {
    thrown = true;
  }
  EXPECT_EQ(thrown, root);
  EXPECT_EQ(world.allreduce(strange.load(), std::plus{}), 0);
}

template <class Number>
std::size_t width() {
  using limit = std::numeric_limits<Number>;
  return cohort::indices<Number>{limit::min(), limit::max()}.size();
}

TEST(indices, may_be_wider_than_their_type) {
  EXPECT_EQ(width<signed char>(), 255U);
  EXPECT_EQ(width<short>(), 65535U);
  EXPECT_EQ(width<int>(), 4294967295U);
  EXPECT_EQ(width<long>(), std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(width<unsigned>(), 4294967295U);
  EXPECT_EQ(cohort::indices(-3, 4).size(), 7U);
}

}  // namespace
