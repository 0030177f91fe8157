// Stages that make many items of one, and what shares a rank with stages that have threads.
#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "support/pmpi_counter.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

namespace {

using namespace cohort::test;
using cohort::emitter;
using cohort::pipeline;
using cohort::run_on;
using cohort::sink;
using cohort::stage;

TEST(pipeline_many, sends_what_one_item_becomes_together) {
  constexpr long each = 20'000;
  const call_counter counter;
  const auto report = pipeline(cohort::indices(4)) | stage([](std::int64_t i, emitter<long>& emit) {
                        for (long k = 0; k != each; ++k) emit(i * each + k);
                      }) |
                      sink([](long) {}) | run_on(world());
  const auto sent = world().allreduce(counter.count("MPI_Isend"), std::plus{});
  EXPECT_EQ(report.stages.back().items_in, 4U * each);
  EXPECT_LT(sent, 4 * each / 4) << "a message for each item would be ten times as dear as the item";
}

TEST(pipeline_many, blames_the_source_beside_a_stage_with_threads) {
  std::int64_t next = 0;
  const auto numbers = [&]() -> std::optional<std::int64_t> {
    if (next == 37) throw std::out_of_range("no more");
    return next++;
  };
  try {
    pipeline(numbers, "numbers") | stage([](std::int64_t i) { return i; }, {.name = "work", .threads = 2}) |
        sink([](std::int64_t) {}) | run_on(world());
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::pipeline_error& e) {
    EXPECT_EQ(e.stage(), "numbers");
    EXPECT_EQ(e.item(), 37U);
  }
}

}  // namespace
