// The examples of docs/patterns.md for farms.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

using cohort::test::world;

const std::vector<std::string> words{"oxen", "cat", "wolf"};

std::size_t on_root(std::size_t n) {
  return world().rank() == 0 ? n : 0;
}

TEST(docs_farm, map) {
  // example: farm_map
  cohort::farm lengths{world(), [](const std::string& word) { return word.size(); }};
  auto found = lengths.map(words);  // on rank 0: 4, 3, 4; elsewhere empty
  // end
  EXPECT_EQ(found, (world().rank() == 0 ? std::vector<std::size_t>{4, 3, 4} : std::vector<std::size_t>{}));
}

TEST(docs_farm, run) {
  // example: farm_run
  double sum = 0;
  cohort::farm halves{world(), [](int n) { return n / 2.0; }, {.retries = 2, .timeout = 30s, .threads = 2}};
  const auto report = halves.run(cohort::indices{1000}, [&](double half) { sum += half; });  // called on rank 0
  EXPECT_EQ(report.succeeded, 1000U);                                                        // on every rank
  // end
  EXPECT_EQ(sum, world().rank() == 0 ? 249750.0 : 0.0);
}

TEST(docs_farm, tasks_of_tasks) {
  // example: farm_tasks
  std::set<std::string> found;
  cohort::farm walk{world(), [](const std::string& folder, cohort::task_sink<std::string>& submit) {
                      if (folder.size() < 4) {
                        for (const char* inner : {"/a", "/b"}) submit(folder + inner);
                      }
                      return folder;
                    }};
  walk.run(std::vector<std::string>{""}, [&](const std::string& folder) { found.insert(folder); });
  // end
  EXPECT_EQ(found.size(), on_root(7));
}

double root_of(int n) {
  if (n < 0) throw std::domain_error{"no root of " + std::to_string(n)};
  return n / 2.0;
}

TEST(docs_farm, failures) {
  std::vector<std::string> problems;
  // example: farm_failures
  cohort::farm roots{world(), root_of, {.retries = 1}};
  const auto report = roots.run(
      std::vector{4, -1, 9}, [](double) {},
      [&](const cohort::task_failure& f) { problems.push_back(f.message); });  // after the last attempt
  EXPECT_EQ(report.failed, 1U);
  EXPECT_EQ(report.retried, 1U);
  // end
  EXPECT_EQ(problems,
            (world().rank() == 0 ? std::vector<std::string>{"no root of -1"} : std::vector<std::string>{}));
}

TEST(docs_farm, task_error) {
  bool thrown = false;
  // example: farm_error
  try {
    cohort::farm roots{world(), root_of};
    auto results = roots.map(std::vector{4, -1, 9});
  } catch (const cohort::task_error& e) {  // on rank 0; the others return
    EXPECT_EQ(e.failure().task, 1U);
    EXPECT_EQ(e.failure().type, "std::domain_error");  // and message, rank, host, attempt, reason
    thrown = true;
  }
  // end
  EXPECT_EQ(thrown, world().rank() == 0);
}

TEST(docs_farm, shared) {
  // example: farm_share
  auto table =
      cohort::share_per_node(world(), world().rank() == 0 ? std::vector{1.0, 4.0, 9.0} : std::vector<double>{});
  cohort::farm look_up{world(), [&](std::size_t i) { return table[i]; }};
  auto found = look_up.map(std::vector<std::size_t>{2, 0});  // on rank 0: 9, 1
  // end
  EXPECT_EQ(found, (world().rank() == 0 ? std::vector{9.0, 1.0} : std::vector<double>{}));
}

TEST(docs_farm, statistics) {
  cohort::farm squares{world(), [](int n) { return n * n; }};
  const auto report = squares.run(cohort::indices{100}, [](int) {});
  std::uint64_t tasks = 0;
  // example: farm_report
  for (const auto& rank : report.ranks) {  // and host, lost, rerun
    tasks += rank.tasks;
    EXPECT_GE(rank.busy_seconds, 0);
  }
  EXPECT_TRUE(report.complete());  // tasks == succeeded
  EXPECT_EQ(report.lost(), 0U);    // ranks
  // end
  EXPECT_EQ(tasks, 100U);
}

}  // namespace
