#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/core/op.hpp>
#include <cohort/pattern/farm.hpp>
#include <cohort/pattern/indices.hpp>

#include "generated.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

namespace {

class farm : public testing::Test {
 protected:
  cohort::communicator world{MPI_COMM_WORLD};
  bool root = world.rank() == 0;
};

TEST_F(farm, brings_every_result_once) {
  std::vector<int> seen(1000, 0);
  cohort::farm f{world, [](int x) { return x; }};
  const auto report = f.run(cohort::indices(0, 1000), [&](int x) { ++seen[static_cast<std::size_t>(x)]; });
  if (root) {
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 1000);
  }
  // The report is the same everywhere.
  EXPECT_EQ(report.tasks, 1000U);
  EXPECT_EQ(report.succeeded, 1000U);
  EXPECT_EQ(report.failed, 0U);
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.ranks.size(), static_cast<std::size_t>(world.size()));
  std::uint64_t done = 0;
  for (const auto& r : report.ranks) {
    done += r.tasks;
    EXPECT_FALSE(r.host.empty());
  }
  EXPECT_EQ(done, 1000U);
}

TEST_F(farm, makes_tasks_of_all_that_converts) {
  cohort::farm halves{world, [](double x) { return x / 2; }};
  EXPECT_EQ(halves.map(std::vector{3, 5}), root ? (std::vector{1.5, 2.5}) : std::vector<double>{});
  cohort::farm lengths{world, [](const std::string& text) { return text.size(); }};
  const std::vector<std::string_view> views{"ox", "cat"};
  EXPECT_EQ(lengths.map(views), root ? (std::vector<std::size_t>{2, 3}) : std::vector<std::size_t>{});
  const std::vector<const char*> literals{"wolf"};
  EXPECT_EQ(lengths.map(literals), root ? std::vector<std::size_t>{4} : std::vector<std::size_t>{});
}

TEST_F(farm, moves_what_cannot_be_copied) {
  const cohort::test::generated numbers{3, [](int i) { return std::make_unique<int>(i); }};
  cohort::farm values{world, [](const std::unique_ptr<int>& x) { return *x + 1; }};
  EXPECT_EQ(values.map(numbers), root ? (std::vector{1, 2, 3}) : std::vector<int>{});
}

TEST_F(farm, can_keep_the_order) {
  std::vector<int> order;
  cohort::farm f{world,
                 [](int x) {
                   if (x % 7 == 0) std::this_thread::sleep_for(2ms);
                   return x;
                 },
                 {.ordered = true}};
  f.run(cohort::indices(0, 200), [&](int x) { order.push_back(x); });
  if (!root) return;
  EXPECT_EQ(order.size(), 200U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_F(farm, maps) {
  const auto squares = cohort::farm{world, [](int x) { return x * x; }}.map(std::vector{1, 2, 3});
  EXPECT_EQ(squares, root ? (std::vector{1, 4, 9}) : std::vector<int>{});
}

TEST_F(farm, runs_without_tasks) {
  int results = 0;
  cohort::farm f{world, [](int x) { return x; }};
  const auto report = f.run(std::vector<int>{}, [&](int) { ++results; });
  EXPECT_EQ(report.tasks, 0U);
  EXPECT_EQ(results, 0);
}

TEST_F(farm, may_run_again) {
  cohort::farm f{world, [](int x) { return x + 1; }};
  for (int round = 0; round < 3; ++round) {
    int sum = 0;
    f.run(cohort::indices(0, 10), [&](int x) { sum += x; });
    EXPECT_EQ(sum, root ? 55 : 0);
  }
}

TEST_F(farm, lets_every_rank_work) {
  cohort::farm f{world, [rank = world.rank()](int) {
                   std::this_thread::sleep_for(2ms);
                   return rank;
                 }};
  std::map<int, int> by_rank;
  const auto report = f.run(cohort::indices(0, 40 * world.size()), [&](int r) { ++by_rank[r]; });
  if (root) {
    EXPECT_EQ(by_rank.size(), static_cast<std::size_t>(world.size()));
  }
  for (const auto& r : report.ranks) {
    EXPECT_GT(r.tasks, 0U);
    EXPECT_GT(r.busy_seconds, 0.0);
  }
}

struct page {
  std::string url;
  std::vector<std::string> links;
  std::map<int, double> weights;
};

TEST_F(farm, takes_tasks_and_results_of_any_type) {
  cohort::farm f{world, [](const page& p) {
                   auto copy = p;
                   copy.links.push_back(p.url);
                   copy.weights[static_cast<int>(p.links.size())] = 0.5;
                   return copy;
                 }};
  std::vector<page> pages;
  for (int i = 0; i < 20; ++i)
    pages.push_back({"u" + std::to_string(i), std::vector<std::string>(static_cast<std::size_t>(i), "l"), {}});
  int seen = 0;
  f.run(pages, [&](page& p) {
    ++seen;
    EXPECT_EQ(p.links.back(), p.url);
    EXPECT_EQ(p.weights.at(static_cast<int>(p.links.size()) - 1), 0.5);
  });
  EXPECT_EQ(seen, root ? 20 : 0);
}

TEST_F(farm, takes_functions_that_return_nothing_or_only_move) {
  int ended = 0;
  cohort::farm silent{world, [](int) {}};
  silent.run(cohort::indices(0, 10), [&](auto&) { ++ended; });
  EXPECT_EQ(ended, root ? 10 : 0);

  cohort::farm moving{world, [](int x) { return std::make_unique<int>(x); }};
  const auto results = moving.map(cohort::indices(0, 10));
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(*results[i], static_cast<int>(i));
}

TEST_F(farm, sends_large_tasks_and_results) {
  cohort::farm f{world, [](const std::vector<double>& v) {
                   auto twice = v;
                   for (auto& x : twice) x *= 2;
                   return twice;
                 }};
  int seen = 0;
  std::vector<std::vector<double>> tasks;
  for (int i = 0; i < 12; ++i) tasks.emplace_back(200'000, i);
  f.run(tasks, [&](std::vector<double>& v) {
    ++seen;
    EXPECT_EQ(v.size(), 200'000U);
    EXPECT_EQ(v.front(), v.back());
  });
  EXPECT_EQ(seen, root ? 12 : 0);
}

TEST_F(farm, lets_results_create_tasks) {
  int seen = 0;
  cohort::farm f{world, [](int depth) { return depth; }};
  const auto report = f.run(std::vector{0}, [&](int depth, auto& submit) {
    ++seen;
    if (depth < 7) {
      submit(depth + 1);
      submit(depth + 1);
    }
  });
  EXPECT_EQ(report.tasks, 255U);
  EXPECT_EQ(seen, root ? 255 : 0);
}

TEST_F(farm, lets_tasks_create_tasks) {
  cohort::farm f{world, [](int depth, cohort::task_sink<int>& submit) {
                   for (int i = 0; depth < 5 && i < 3; ++i) submit(depth + 1);
                   return depth;
                 }};
  std::map<int, int> by_depth;
  const auto report = f.run(std::vector{0}, [&](int depth) { ++by_depth[depth]; });
  EXPECT_EQ(report.tasks, 364U);
  if (root) {
    EXPECT_EQ(by_depth.at(5), 243);
  }
}

TEST_F(farm, takes_no_more_of_the_input_than_the_window_holds) {
  int taken = 0;
  int finished = 0;
  int most_ahead = 0;
  const cohort::test::generated input{5000, [&](int x) {
                                        ++taken;
                                        most_ahead = std::max(most_ahead, taken - finished);
                                        return x;
                                      }};
  cohort::farm f{world, [](int x) { return x; }, {.window = 64}};
  const auto report = f.run(input, [&](int) { ++finished; });
  EXPECT_EQ(report.succeeded, 5000U);
  EXPECT_LE(most_ahead, 65);
}

TEST_F(farm, takes_no_more_bytes_of_the_input_than_the_window_holds) {
  // Also not while results wait for the first one, which comes last of those that were taken.
  constexpr int n = 2000;
  constexpr int size = 1000;
  int taken = 0;
  int finished = 0;
  int most_ahead = 0;
  const cohort::test::generated input{n, [&](int x) {
                                        ++taken;
                                        most_ahead = std::max(most_ahead, taken - finished);
                                        return std::vector<int>(size, x);
                                      }};
  cohort::farm f{world, [](const std::vector<int>& x) { return x; }, {.ordered = true, .window_bytes = 100'000}};
  const auto report =
      f.run(input, [&](const std::vector<int>& x) { EXPECT_EQ(x, std::vector<int>(size, finished++)); });
  EXPECT_EQ(report.succeeded, std::uint64_t{n});
  if (root) {
    EXPECT_EQ(finished, n);
  }
  EXPECT_LE(most_ahead, 100'000 / (size * 4) + 1);
}

TEST_F(farm, takes_back_tasks_from_a_rank_that_is_stuck_in_a_long_one) {
  // Task 0 ends only when all others have: none of those that wait behind it may stay there.
  if (world.size() == 1) return;
  auto flag =
      (std::filesystem::temp_directory_path() / ("cohort_farm_flag_" + std::to_string(::getpid()))).string();
  world.bcast(flag);
  cohort::farm f{world,
                 [flag](int x) {
                   for (int i = 0; x == 0 && i < 4000 && !std::filesystem::exists(flag); ++i) {
                     std::this_thread::sleep_for(5ms);
                   }
                   return x == 0 ? static_cast<int>(std::filesystem::exists(flag)) : 1;
                 },
                 {.prefetch = 50}};
  int good = 0;
  int seen = 0;
  f.run(cohort::indices(0, 200), [&](int x) {
    good += x;
    if (++seen == 199) std::ofstream{flag} << "go";
  });
  if (root) {
    EXPECT_EQ(good, 200);
  }
  std::filesystem::remove(flag);
}

TEST_F(farm, works_with_any_root) {
  for (int r = 0; r < world.size(); ++r) {
    int sum = 0;
    cohort::farm f{world, [](int x) { return x; }, {}, {.root = r}};
    f.run(cohort::indices(0, 50), [&](int x) { sum += x; });
    EXPECT_EQ(sum, world.rank() == r ? 1225 : 0);
  }
}

TEST_F(farm, can_use_several_threads_per_rank) {
  cohort::farm f{world,
                 [](int x) {
                   std::this_thread::sleep_for(1ms);
                   return x;
                 },
                 {.threads = 3}};
  const auto results = f.map(cohort::indices(0, 100));
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i], static_cast<int>(i));
}

TEST_F(farm, takes_functions_with_state) {
  std::vector<int> table(10);
  std::iota(table.begin(), table.end(), 100);
  cohort::farm f{world, [table](std::size_t i) { return table[i]; }};
  const auto results = f.map(std::vector<std::size_t>{3, 1});
  if (root) {
    EXPECT_EQ(results, (std::vector{103, 101}));
  }
}

TEST_F(farm, leaves_no_messages_behind) {
  cohort::farm f{world, [](int x) { return x; }};
  f.run(cohort::indices(0, 100), [](int) {});
  int flag = 0;
  MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, world.native(), &flag, MPI_STATUS_IGNORE);
  EXPECT_EQ(flag, 0);
  EXPECT_EQ(world.allreduce(1, std::plus{}), world.size());
}

}  // namespace
