// Replicas that are given out when loads have been measured.
#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::automatic;
using cohort::emitter;
using cohort::pipeline;
using cohort::run_on;
using cohort::sink;
using cohort::stage;

std::int64_t same(std::int64_t i) {
  return i;
}
std::int64_t slowly(std::int64_t i) {
  std::this_thread::sleep_for(std::chrono::milliseconds{5});
  return i;
}

TEST(pipeline_load, gives_spare_ranks_to_the_slow_stage) {
  std::vector<std::int64_t> out;
  const auto report = pipeline(cohort::indices(60)) | stage(same, {.replicas = automatic}) |
                      stage(slowly, {.replicas = automatic}) | sink(out, {.ordered = true}) | run_on(world());
  const auto spare = static_cast<std::size_t>(std::max(world().size() - 4, 0));
  EXPECT_EQ(report.stages[1].ranks.size() + report.stages[2].ranks.size(), 2 + spare);
  EXPECT_GE(report.stages[2].ranks.size(), report.stages[1].ranks.size());
  EXPECT_EQ(report.stages[2].items_in, 60U);
  std::vector<std::int64_t> expected(60);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(out, world().rank() == report.stages[3].ranks.front() ? expected : std::vector<std::int64_t>{});
}

TEST(pipeline_load, uses_the_spare_ranks) {
  std::set<int> seen;
  const auto report = pipeline(cohort::indices(100)) |
                      stage(
                          [](std::int64_t i) {
                            (void)slowly(i);
                            return world().rank();
                          },
                          {.replicas = automatic}) |
                      sink([&](int rank) { seen.insert(rank); }) | run_on(world());
  if (world().rank() == report.stages.back().ranks.front()) {
    const auto& ranks = report.stages[1].ranks;
    EXPECT_EQ(seen, std::set<int>(ranks.begin(), ranks.end()));
  }
}

TEST(pipeline_load, keeps_state_where_it_is) {
  // The sum goes on from the first items to the later ones; so does the source.
  std::int64_t last = 0;
  const auto report = pipeline([](emitter<std::int64_t>& emit) {
                        for (std::int64_t i = 1; i <= 200; ++i) {
                          std::this_thread::sleep_for(std::chrono::microseconds{500});
                          emit(i);
                        }
                      }) |
                      stage(same, {.replicas = automatic}) |
                      stage([sum = std::int64_t{0}](std::int64_t i) mutable { return sum += i; },
                            {.stateful = true, .ordered = true}) |
                      stage(same, {.replicas = automatic}) |
                      sink([&](std::int64_t sum) { last = sum; }, {.ordered = true}) | run_on(world());
  EXPECT_EQ(world().allreduce(last, cohort::maximum{}), 200 * 201 / 2);
  EXPECT_EQ(report.stages[2].ranks.size(), 1U);
}

TEST(pipeline_load, works_with_few_items_or_none) {
  for (const std::int64_t n : {0, 1, 3, 5}) {
    std::int64_t taken = 0;
    const auto report = pipeline(cohort::indices(n)) | stage(same, {.replicas = automatic}) |
                        sink([&](std::int64_t) { ++taken; }, {.ordered = true}) | run_on(world());
    EXPECT_EQ(world().allreduce(taken, std::plus{}), n);
    EXPECT_EQ(report.stages[1].ranks.size(), static_cast<std::size_t>(std::max(world().size() - 2, 1)));
  }
}

TEST(pipeline_load, shares_with_stages_that_name_a_number) {
  const auto report = pipeline(cohort::indices(20)) | stage(same, {.replicas = 2}) |
                      stage(slowly, {.replicas = automatic}) | sink([](std::int64_t) {}) | run_on(world());
  EXPECT_EQ(report.stages[1].ranks.size(), world().size() > 4 ? 2U : 1U);
  EXPECT_EQ(report.stages[2].ranks.size(), world().size() > 5 ? static_cast<std::size_t>(world().size() - 4) : 1U);
}

TEST(pipeline_load, fails_before_and_after_the_spare_ranks_are_given_out) {
  for (const std::int64_t when : {0, 2, 4, 30, 59}) {
    try {
      (void)(pipeline(cohort::indices(60)) | stage(slowly, {.replicas = automatic}) |
             stage([when](std::int64_t i) { return i == when ? throw std::runtime_error{"no"} : i; },
                   {.name = "checks", .replicas = automatic}) |
             sink([](std::int64_t) {}) | run_on(world()));
      ADD_FAILURE() << "nothing was thrown at " << when;
    } catch (const cohort::pipeline_error& e) {
      EXPECT_EQ(e.stage(), "checks");
      EXPECT_EQ(e.item(), static_cast<std::uint64_t>(when));
    }
  }
}

TEST(pipeline_load, is_not_for_stages_that_remember) {
  EXPECT_THROW((void)(pipeline(cohort::indices(1)) | stage(same, {.replicas = automatic, .stateful = true}) |
                      sink([](std::int64_t) {}) | run_on(world())),
               cohort::argument_error);
}

}  // namespace
