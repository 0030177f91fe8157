// What all ranks must say alike of a pipeline, and what its stages are called.
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "support/pmpi_counter.hpp"
#include "support/what_of.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::pipeline;
using cohort::pipeline_options;
using cohort::run_on;
using cohort::sink;
using cohort::stage;
using cohort::stage_of;

std::int64_t same(std::int64_t i) {
  return i;
}

/// Of a pipeline whose stages the ranks name alike or not.
std::string what_of_stage(const cohort::stage_options& how, const pipeline_options& options = {}) {
  return what_of([&] {
    pipeline(cohort::indices(10)) | stage(same, how) | stage(same, {.name = "other"}) | sink([](std::int64_t) {}) |
        run_on(world(), options);
  });
}

void expect_refused(const std::string& what, const std::string& mine, const std::string& theirs) {
  if (world().size() == 1) {
    EXPECT_EQ(what, "nothing thrown");
    return;
  }
  EXPECT_NE(what.find("do not agree"), std::string::npos) << what;
  EXPECT_NE(what.find(mine), std::string::npos) << what;
  EXPECT_NE(what.find(theirs), std::string::npos) << what;
}

TEST(pipeline_agreement, refuses_names_replicas_and_options_that_differ) {
  const int last = world().size() - 1;
  const bool odd = world().rank() == last;
  expect_refused(what_of_stage({.name = odd ? "right" : "left"}), "rank " + std::to_string(last) + " has stage 1",
                 "\"left\"");
  expect_refused(what_of_stage({.replicas = odd ? 2 : 1}), "replicas 2", "replicas 1");
  expect_refused(what_of_stage({}, {.window_items = odd ? 7U : 8U}), "window_items 7", "window_items 8");
  EXPECT_EQ(what_of_stage({}), "nothing thrown") << "the communicator is as it was";
}

TEST(pipeline_agreement, refuses_stages_that_are_not_there_everywhere) {
  const auto what = what_of([] {
    auto more = pipeline(cohort::indices(10)) | stage(same);
    if (world().rank() == world().size() - 1 && world().size() != 1) {
      std::move(more) | stage(same) | sink([](std::int64_t) {}) | run_on(world());
    } else {
      std::move(more) | sink([](std::int64_t) {}) | run_on(world());
    }
  });
  expect_refused(what, "has 4 stages", "rank 0 has 3");
}

TEST(pipeline_agreement, refuses_items_of_other_types) {
  const auto what = what_of([] {
    if (world().rank() == world().size() - 1 && world().size() != 1) {
      pipeline(std::vector<int>{1}) | sink([](int) {}) | run_on(world());
    } else {
      pipeline(std::vector<double>{1}) | sink([](double) {}) | run_on(world());
    }
  });
  expect_refused(what, "takes int", "takes double");
}

TEST(pipeline_agreement, costs_a_reduction) {
  const call_counter counter;
  EXPECT_EQ(what_of_stage({}), "nothing thrown");
  EXPECT_LE(counter.count("MPI_Allreduce"), 3) << "one for the agreement, two for the report";
}

TEST(pipeline_agreement, keeps_a_function_that_is_not_const_on_one_rank) {
  std::vector<std::int64_t> sums;
  const auto report = pipeline(std::vector<std::int64_t>(100, 1)) |
                      stage([sum = std::int64_t{0}](std::int64_t i) mutable { return sum += i; }) | stage(same) |
                      sink(sums) | run_on(world());
  EXPECT_EQ(report.stages[1].ranks.size(), 1U);
  if (world().rank() == report.stages.back().ranks.front()) {
    EXPECT_EQ(*std::max_element(sums.begin(), sums.end()), 100);
  }
}

TEST(pipeline_agreement, lets_each_replica_have_its_own_if_so_many_are_wanted) {
  const auto report = pipeline(cohort::indices(10)) |
                      stage([sum = std::int64_t{0}](std::int64_t i) mutable { return sum += i; }, {.replicas = 2}) |
                      sink([](std::int64_t) {}) | run_on(world());
  EXPECT_EQ(report.stages[1].ranks.size(), world().size() >= 4 ? 2U : 1U);
}

TEST(pipeline_agreement, tells_stages_of_one_name_apart) {
  const auto report = pipeline(cohort::indices(3)) | stage(same, {.name = "same"}) | stage(same, {.name = "same"}) |
                      sink([](std::int64_t) {}) | run_on(world());
  EXPECT_EQ(report.stages[1].name, "same");
  EXPECT_EQ(report.stages[2].name, "same (2)");
}

TEST(pipeline_agreement, does_not_say_stage_twice) {
  const auto what = what_of_stage({.replicas = 2, .stateful = true});
  EXPECT_NE(what.find("the stage 1 has 2 replicas"), std::string::npos) << what;
}

TEST(pipeline_agreement, names_the_making_of_a_stage) {
  const auto broken = []() -> std::int64_t (*)(std::int64_t) { throw std::out_of_range("not here"); };
  try {
    pipeline(cohort::indices(3)) | stage_of(broken, {.name = "made"}) | sink([](std::int64_t) {}) | run_on(world());
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::pipeline_error& e) {
    EXPECT_EQ(e.stage(), "made");
    EXPECT_EQ(e.item(), cohort::no_item);
    EXPECT_NE(std::string{e.what()}.find("in the making of the stage made: std::out_of_range"), std::string::npos)
        << e.what();
  }
}

}  // namespace
