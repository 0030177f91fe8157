// Maps: every kind of input and result, laziness, failures in the middle, against a loop.

#include <cohort/pattern/executor.hpp>
#include <cohort/pattern/indices.hpp>

#include "generated.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace std::chrono_literals;

namespace {

std::int64_t square(std::int64_t x) {
  return x * x;
}

int odd_fails(int x) {
  if (x % 2 == 1) throw std::domain_error{std::to_string(x) + " is odd"};
  return x;
}

class executor_map : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};

  template <class Body>
  void run(Body body) {
    EXPECT_EQ(cohort::run_executor(world, body), 0);
  }
};

TEST_F(executor_map, all_that_converts) {
  run([](cohort::executor& pool) {
    const auto half = [](double x) { return x / 2; };
    EXPECT_EQ(pool.map(half, std::vector{3, 5}), (std::vector{1.5, 2.5}));
    const auto with_default = [](double x, int n = 2) { return x * n; };
    EXPECT_EQ(pool.map(with_default, std::vector{1.5}), std::vector{3.0});
    const auto times = [](int n, double x) { return n * x; };
    EXPECT_EQ(pool.map(times, std::vector{2}, std::vector{1.5}), std::vector{3.0});
    EXPECT_EQ(pool.starmap(times, std::vector<std::pair<int, double>>{{2, 2.5}}), std::vector{5.0});
    EXPECT_EQ(pool.submit([](int n) { return n; }, 2.5).get(), 2);  // as C++ calls it
  });
}

TEST_F(executor_map, every_length) {
  run([](cohort::executor& pool) {
    for (const std::int64_t n : {0, 1, 2, 3, 7, 100, 5000, 300'000}) {
      const auto squares = pool.map(square, cohort::indices{n});
      ASSERT_EQ(squares.size(), static_cast<std::size_t>(n));
      for (std::int64_t i = 0; i != n; ++i) ASSERT_EQ(squares[static_cast<std::size_t>(i)], i * i);
    }
  });
}

TEST_F(executor_map, every_type) {
  run([](cohort::executor& pool) {
    const std::list<std::string> words{"a", "bb", "", "dddd"};
    EXPECT_EQ(pool.map([](const std::string& s) { return s + "!"; }, words),
              (std::vector<std::string>{"a!", "bb!", "!", "dddd!"}));
    EXPECT_EQ(pool.map([](const std::string& s) { return s.empty(); }, words),
              (std::vector<bool>{false, false, true, false}));
    EXPECT_EQ(pool.map([](bool b) { return !b; }, std::vector<bool>{true, false}),
              (std::vector<bool>{false, true}));
    const std::vector<const char*> literals{"xy", "z"};
    EXPECT_EQ(pool.map([](const std::string& s) { return s.size(); }, literals), (std::vector<std::size_t>{2, 1}));
    EXPECT_EQ(
        pool.map([](cohort::task_context& here, int x) { return here.rank() >= 0 ? x : -1; }, std::vector{1, 2}),
        (std::vector{1, 2}));
  });
}

TEST_F(executor_map, several_ranges_and_tuples) {
  run([](cohort::executor& pool) {
    const auto add = [](int a, double b) { return a + b; };
    EXPECT_EQ(pool.map(add, std::vector{1, 2, 3}, std::vector{0.5, 0.25}), (std::vector{1.5, 2.25}));
    const std::vector<std::tuple<int, double>> pairs{{1, 1.5}, {2, 2.5}};
    EXPECT_EQ(pool.starmap(add, pairs), (std::vector{2.5, 4.5}));
    EXPECT_EQ(pool.starmap(add, std::vector<std::pair<int, double>>{{1, 2.0}}), (std::vector{3.0}));
  });
}

TEST_F(executor_map, reduces) {
  run([](cohort::executor& pool) {
    EXPECT_EQ(pool.transform_reduce(cohort::indices<std::int64_t>{100'001}, std::int64_t{5}, std::plus<>{}, square),
              5 + std::int64_t{100'000} * 100'001 * 200'001 / 6);
    const auto join = [](std::string a, const std::string& b) { return std::move(a) + b; };
    const auto digits = [](int i) { return std::to_string(i); };
    std::string expected = "<";
    for (int i = 0; i != 500; ++i) expected += std::to_string(i);
    EXPECT_EQ(pool.transform_reduce(cohort::indices{500}, std::string{"<"}, join, digits), expected);  // order kept
    EXPECT_EQ(pool.transform_reduce(std::vector<int>{}, 3, std::plus<>{}, std::negate<>{}), 3);
  });
}

TEST_F(executor_map, without_results) {
  run([](cohort::executor& pool) {
    pool.for_each([](int) {}, cohort::indices{1000});
    pool.map([](int) {}, std::vector{1, 2, 3});
    EXPECT_GE(pool.statistics().tasks, 2U);
    EXPECT_THROW(pool.for_each(odd_fails, std::vector{2, 3}), std::domain_error);
  });
}

TEST_F(executor_map, an_input_without_end_is_taken_as_results_are) {
  run([](cohort::executor& pool) {
    int taken = 0;
    int expected = 0;
    {
      const auto make = [&taken](int i) {
        taken = i + 1;
        return i;
      };
      auto stream =
          pool.imap([](int x) { return x + 1; }, cohort::test::generated{std::numeric_limits<int>::max(), make});
      for (int result : stream) {
        ASSERT_EQ(result, ++expected);
        if (expected == 20'000) break;
      }
    }
    EXPECT_GE(taken, 20'000);
    EXPECT_LT(taken, 10'000'000);
    const int before = taken;
    EXPECT_EQ(pool.submit([](int x) { return x; }, 1).get(), 1);
    EXPECT_EQ(taken, before);
  });
}

TEST_F(executor_map, unordered_brings_each_once) {
  run([](cohort::executor& pool) {
    std::vector<bool> seen(3000, false);
    for (int i : pool.imap_unordered(
             [](int x) {
               if (x % 500 == 0) std::this_thread::sleep_for(5ms);
               return x;
             },
             cohort::indices{3000})) {
      ASSERT_FALSE(seen[static_cast<std::size_t>(i)]);
      seen[static_cast<std::size_t>(i)] = true;
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 3000);
  });
}

TEST_F(executor_map, the_first_failure_ends_a_map) {
  run([](cohort::executor& pool) {
    try {
      pool.map(odd_fails, std::vector{0, 2, 4, 5, 6, 7});
      ADD_FAILURE();
    } catch (const std::domain_error& e) {
      EXPECT_STREQ(e.what(), "5 is odd");
      const auto& where = dynamic_cast<const cohort::task_failure&>(e);
      EXPECT_EQ(where.task, 3U);  // its place in the input
    }
  });
}

TEST_F(executor_map, a_stream_goes_on_behind_failures) {
  run([](cohort::executor& pool) {
    for (const bool ordered : {true, false}) {
      int results = 0;
      int failures = 0;
      const auto read = [&](auto&& stream) {
        for (auto it = stream.begin(); it != stream.end(); ++it) {
          try {
            EXPECT_EQ(*it % 2, 0);
            ++results;
          } catch (const std::domain_error&) {
            ++failures;
          }
        }
      };
      if (ordered) {
        read(pool.imap(odd_fails, cohort::indices{1001}));
      } else {
        read(pool.imap_unordered(odd_fails, cohort::indices{1001}));
      }
      EXPECT_EQ(results, 501);
      EXPECT_EQ(failures, 500);
    }
  });
}

TEST_F(executor_map, retries_items_not_chunks) {
  // Each item fails once at most, and what was done before it in its chunk is not done again.
  const cohort::communicator alone{MPI_COMM_SELF};
  static std::vector<int> calls;
  calls.assign(2000, 0);
  cohort::run_executor(alone, [](cohort::executor& pool) {
    const auto flaky = [](int x) {
      if (++calls[static_cast<std::size_t>(x)] == 1 && x % 100 == 50) throw std::runtime_error{"once"};
      return x;
    };
    const auto out = pool.with({.retries = 1}).map(flaky, cohort::indices{2000});
    EXPECT_EQ(out.size(), 2000U);
    EXPECT_TRUE(std::is_sorted(out.begin(), out.end()));
    for (int i = 0; i != 2000; ++i) EXPECT_EQ(calls[static_cast<std::size_t>(i)], i % 100 == 50 ? 2 : 1) << i;
    EXPECT_THROW(pool.with({.retries = 3}).map(odd_fails, std::vector{1}), std::domain_error);
  });
}

TEST_F(executor_map, an_input_that_throws) {
  run([](cohort::executor& pool) {
    struct broken {
      static cohort::indices<int>::iterator begin() { throw std::logic_error{"no input"}; }
      static cohort::indices<int>::iterator end() { return {}; }
    };
    EXPECT_THROW(pool.map([](int x) { return x; }, broken{}), std::logic_error);
    EXPECT_EQ(pool.map([](int x) { return x; }, std::vector{1}).front(), 1);
  });
}

// A call that fails is tried again with its own count, alone or first in a chunk.
TEST_F(executor_map, a_call_is_told_its_attempt) {
  run([](cohort::executor& pool) {
    const auto flaky = [](cohort::task_context& here, int x) {
      if (x % 7 == 3 && here.attempt() < 2) throw std::runtime_error{"not yet"};
      return static_cast<int>(here.attempt());
    };
    std::vector<int> inputs(200);
    std::iota(inputs.begin(), inputs.end(), 0);
    const auto attempts = pool.with({.retries = 2}).map(flaky, inputs);
    ASSERT_EQ(attempts.size(), inputs.size());
    for (std::size_t i = 0; i != inputs.size(); ++i) EXPECT_EQ(attempts[i], i % 7 == 3 ? 2 : 0) << i;
    EXPECT_EQ(pool.with({.retries = 2, .timeout = std::chrono::seconds{60}}).map(flaky, std::vector{3}),
              std::vector{2});
    EXPECT_THROW(pool.with({.retries = 1}).map(flaky, std::vector{3}), std::runtime_error);
  });
}

}  // namespace
