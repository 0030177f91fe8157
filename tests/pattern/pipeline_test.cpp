#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/memory/shared_window.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "generated.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::emitter;
using cohort::keyed_stage;
using cohort::pipeline;
using cohort::pipeline_report;
using cohort::run_on;
using cohort::sink;
using cohort::stage;
using cohort::stage_of;

/// What the sink's rank has collected, on every rank.
template <class T>
std::vector<T> from_sink(const pipeline_report& report, std::vector<T> out) {
  EXPECT_EQ(report.stages.back().ranks.size(), 1U);
  world().bcast(out, {.root = report.stages.back().ranks.front()});
  return out;
}
std::vector<int> numbers(int n) {
  std::vector<int> result(static_cast<std::size_t>(n));
  std::iota(result.begin(), result.end(), 0);
  return result;
}

TEST(pipeline, carries_items_of_a_range_through_stages) {
  std::vector<std::string> out;
  const auto in = numbers(1000);
  const auto report = pipeline(in) | stage([](int i) { return 2 * i; }) |
                      stage([](const int& i) { return std::to_string(i); }) | sink(out, {.ordered = true}) |
                      run_on(world());
  std::vector<std::string> expected;
  for (const int i : in) expected.push_back(std::to_string(2 * i));
  EXPECT_EQ(from_sink(report, out), expected);
  EXPECT_EQ(in.size(), 1000U);
}

TEST(pipeline, needs_no_stage) {
  std::vector<int> out;
  const auto report = pipeline(numbers(100)) | sink(out) | run_on(world());
  EXPECT_EQ(from_sink(report, out), numbers(100)) << "order is kept where each stage has one rank";
}

TEST(pipeline, takes_a_generator) {
  std::vector<int> out;
  const auto report = pipeline([i = 0]() mutable { return i < 50 ? std::optional{i++} : std::nullopt; }) |
                      stage([](int i) { return i; }, {.replicas = 2}) | sink(out, {.ordered = true}) |
                      run_on(world());
  EXPECT_EQ(from_sink(report, out), numbers(50));
}

void emit_fifty(emitter<int>& emit) {
  for (int i = 0; i != 50; ++i) emit(i);
}
TEST(pipeline, takes_a_function_that_emits) {
  std::vector<int> out;
  const auto report = pipeline(emit_fifty) | stage([](int i) { return i; }, {.replicas = 2}) |
                      sink(out, {.ordered = true}) | run_on(world());
  EXPECT_EQ(from_sink(report, out), numbers(50));
}

TEST(pipeline, takes_a_range_that_makes_its_elements) {
  std::vector<std::string> out;
  const auto report =
      pipeline(generated{20, [](int i) { return std::to_string(i); }}) | sink(out) | run_on(world());
  EXPECT_EQ(from_sink(report, out).size(), 20U);
}

TEST(pipeline, ends_at_once_without_items) {
  int calls = 0;
  const auto report = pipeline(std::vector<int>{}) | stage([](int i) { return i; }) |
                      sink([&](int) { ++calls; }, {.ordered = true}) | run_on(world());
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(report.stages.size(), 3U);
  EXPECT_EQ(report.stages[2].items_in, 0U);
}

TEST(pipeline, hands_on_what_can_only_be_moved) {
  std::vector<int> out;
  const auto report = pipeline(numbers(100)) | stage([](int i) { return std::make_unique<int>(i); }) |
                      stage([](std::unique_ptr<int> i) { return std::make_unique<int>(*i + 1); }) |
                      stage([](std::unique_ptr<int>& i) { return *i - 1; }) | sink(out, {.ordered = true}) |
                      run_on(world());
  EXPECT_EQ(from_sink(report, out), numbers(100));
}

TEST(pipeline, makes_a_function_where_it_runs) {
  int made = 0;
  const auto report = pipeline(numbers(10)) | stage_of([&] {
                        ++made;
                        return [sum = 0](int i) mutable { return sum += i; };
                      }) |
                      sink([](int) {}) | run_on(world());
  EXPECT_EQ(world().allreduce(made, std::plus{}), 1);
  made = 0;
  const auto several = pipeline(numbers(10)) |
                       stage_of(
                           [&] {
                             ++made;
                             return [](int i) { return i; };
                           },
                           {.replicas = 2}) |
                       sink([](int) {}) | run_on(world());
  EXPECT_EQ(world().allreduce(made, std::plus{}), static_cast<int>(several.stages[1].ranks.size()));
  EXPECT_EQ(report.stages[1].ranks.size(), 1U);
}

TEST(pipeline, keeps_a_stateful_stage_on_one_rank) {
  std::vector<int> out;
  const auto report = pipeline(numbers(100)) | stage([](int i) { return i; }) |
                      stage([sum = 0](int i) mutable { return sum += i; }, {.stateful = true, .ordered = true}) |
                      stage([](int i) { return i; }) | sink(out, {.ordered = true}) | run_on(world());
  std::vector<int> expected = numbers(100);
  std::partial_sum(expected.begin(), expected.end(), expected.begin());
  EXPECT_EQ(from_sink(report, out), expected);
  EXPECT_EQ(report.stages[2].ranks.size(), 1U);
}

TEST(pipeline, brings_a_key_to_one_replica) {
  struct counted {
    std::string key;
    int nth = 0;
    int rank = 0;
  };
  std::vector<counted> out;
  const auto report = pipeline(numbers(500)) |
                      keyed_stage([](int i) { return std::to_string(i % 17); },
                                  [seen = std::map<int, int>{}](int i) mutable {
                                    return counted{std::to_string(i % 17), ++seen[i % 17], world().rank()};
                                  },
                                  {.replicas = 3}) |
                      sink(out) | run_on(world());
  std::map<std::string, std::vector<counted>> of_key;
  for (const auto& each : from_sink(report, out)) of_key[each.key].push_back(each);
  EXPECT_EQ(of_key.size(), 17U);
  for (const auto& [key, all] : of_key) {
    for (std::size_t i = 0; i != all.size(); ++i) {
      EXPECT_EQ(all[i].nth, static_cast<int>(i) + 1);
      EXPECT_EQ(all[i].rank, all[0].rank);
    }
  }
}

TEST(pipeline, uses_spare_ranks_for_stages_that_leave_it_open) {
  const auto report = pipeline(numbers(2000)) | stage([](int i) { return i; }) |
                      stage([](int i) { return i; }, {.replicas = 1}) | sink([](int) {}) | run_on(world());
  EXPECT_EQ(report.stages[1].ranks.size(), static_cast<std::size_t>(std::max(world().size() - 3, 1)));
  EXPECT_EQ(report.stages[2].ranks.size(), 1U);
}

TEST(pipeline, reports_the_same_on_every_rank) {
  const auto report = pipeline(numbers(60), "numbers") |
                      stage([](int i) { return i % 2 == 0 ? std::optional{i} : std::nullopt; }, {.name = "even"}) |
                      stage(
                          [](int i, emitter<int>& emit) {
                            std::this_thread::sleep_for(std::chrono::milliseconds{10});
                            emit(i);
                            emit(i);
                          },
                          {.name = "slow", .replicas = 1}) |
                      sink([](int) {}, {.name = "end"}) | run_on(world());
  const std::vector<std::string> names{"numbers", "even", "slow", "end"};
  const std::vector<std::uint64_t> in{0, 60, 30, 60};
  const std::vector<std::uint64_t> out{60, 30, 60, 0};
  for (std::size_t i = 0; i != names.size(); ++i) {
    EXPECT_EQ(report.stages[i].name, names[i]);
    EXPECT_EQ(report.stages[i].items_in, in[i]);
    EXPECT_EQ(report.stages[i].items_out, out[i]);
  }
  EXPECT_EQ(report.bottleneck().name, "slow");
  EXPECT_GE(report.seconds, 0.030);
  EXPECT_NE(report.describe().find("slow: 30 in, 60 out"), std::string::npos);
}

TEST(pipeline, carries_heavy_items) {
  using block = std::vector<double>;
  std::vector<double> out;
  const auto report = pipeline(numbers(30)) | stage([](int i) { return block(131072, i); }) |
                      stage(
                          [](block b) {
                            b.back() += 1;
                            return b;
                          },
                          {.replicas = 2}) |
                      stage([](const block& b) { return b.front() + b.back(); }) | sink(out, {.ordered = true}) |
                      run_on(world());
  const auto all = from_sink(report, out);
  EXPECT_EQ(all.size(), 30U);
  for (std::size_t i = 0; i != all.size(); ++i) EXPECT_EQ(all[i], 2.0 * static_cast<double>(i) + 1);
}

TEST(pipeline, carries_many_tiny_items) {
  constexpr std::int64_t n = 100'000;
  std::int64_t sum = 0;
  const auto report = pipeline(cohort::indices(n)) | stage([](std::int64_t i) { return i + 1; }) |
                      sink([&](std::int64_t i) { sum += i; }) | run_on(world());
  EXPECT_EQ(world().allreduce(sum, std::plus{}), n * (n + 1) / 2);
  EXPECT_EQ(report.stages[2].items_in, static_cast<std::uint64_t>(n));
}

TEST(pipeline, makes_many_items_of_one_and_of_these_again_many) {
  std::vector<int> out;
  const auto twice = [](int i, emitter<int>& emit) {
    for (int k = 0; k != i % 4; ++k) emit(10 * i + k);
  };
  const auto report = pipeline(numbers(200)) | stage(twice, {.replicas = 2}) | stage(twice, {.replicas = 2}) |
                      stage([](int i) { return i % 3 != 0 ? std::optional{i} : std::nullopt; }, {.replicas = 2}) |
                      sink(out, {.ordered = true}) | run_on(world(), {.window_items = 3});
  std::vector<int> expected;
  for (int i = 0; i != 200; ++i) {
    for (int k = 0; k != i % 4; ++k) {
      for (int l = 0; l != (10 * i + k) % 4; ++l) {
        if (const int v = 10 * (10 * i + k) + l; v % 3 != 0) expected.push_back(v);
      }
    }
  }
  EXPECT_EQ(from_sink(report, out), expected);
}

/// With one number that all ranks see: made by the source, before the sink has taken them.
template <class Check>
void watch_the_source(bool ordered, int replicas, const Check& check) {
  cohort::shared_window<std::int64_t> window{world(), 1};
  std::atomic_ref<std::int64_t> made{window.span().front()};
  if (world().rank() == 0) made = 0;
  world().barrier();
  std::int64_t taken = 0;
  std::int64_t most = 0;
  const auto next = [&made, i = 0]() mutable {
    ++made;
    return i < 3'000 ? std::optional{i++} : std::nullopt;
  };
  const auto report = pipeline(next) | stage([](int i) { return i; }, {.replicas = replicas}) |
                      sink(
                          [&](int) {
                            // Time enough for the source to run away.
                            if (taken == 0 || taken == 1000)
                              std::this_thread::sleep_for(std::chrono::milliseconds{50});
                            most = std::max(most, made - taken);
                            ++taken;
                          },
                          {.ordered = ordered}) |
                      run_on(world(), {.window_items = 10});
  if (world().rank() == report.stages.back().ranks.front()) {
    EXPECT_EQ(taken, 3'000);
    check(most, static_cast<std::int64_t>(report.stages[1].ranks.size()));
  }
  world().barrier();
}

TEST(pipeline, keeps_few_items_on_their_way) {
  // Ten before each stage's rank, and one in each function.
  for (const int replicas : {1, 3}) {
    watch_the_source(false, replicas,
                     [](std::int64_t most, std::int64_t ranks) { EXPECT_LE(most, 20 * ranks + ranks + 3); });
  }
}

TEST(pipeline, keeps_few_items_that_wait_for_their_turn) {
  watch_the_source(true, 3, [](std::int64_t most, std::int64_t ranks) { EXPECT_LE(most, 20 * ranks + ranks + 3); });
}

TEST(pipeline, keeps_few_items_that_wait_behind_a_slow_one) {
  cohort::shared_window<std::int64_t> window{world(), 1};
  std::atomic_ref<std::int64_t> made{window.span().front()};
  if (world().rank() == 0) made = 0;
  world().barrier();
  const auto next = [&made, i = 0]() mutable {
    ++made;
    return i < 2'000 ? std::optional{i++} : std::nullopt;
  };
  std::int64_t when_slow_ended = 0;
  std::vector<int> out;
  const auto report = pipeline(next) |
                      stage(
                          [&](int i) {
                            if (i == 0) {
                              std::this_thread::sleep_for(std::chrono::milliseconds{50});
                              when_slow_ended = made;
                            }
                            return i;
                          },
                          {.replicas = 3}) |
                      sink(out, {.ordered = true}) | run_on(world(), {.window_items = 10});
  const auto ranks = static_cast<std::int64_t>(report.stages[1].ranks.size());
  EXPECT_LE(world().allreduce(when_slow_ended, cohort::maximum{}), 20 * ranks + ranks + 3);
  EXPECT_EQ(from_sink(report, out), numbers(2'000));
}

TEST(pipeline, refuses_what_makes_no_sense) {
  const auto run = [](cohort::stage_options how, cohort::pipeline_options options) {
    (void)(pipeline(numbers(1)) | stage([](int i) { return i; }, how) | sink([](int) {}) |
           run_on(world(), options));
  };
  EXPECT_THROW(run({.replicas = -1}, {}), cohort::argument_error);
  EXPECT_THROW(run({.replicas = 2, .stateful = true}, {}), cohort::argument_error);
  EXPECT_THROW(run({.replicas = 2, .ordered = true}, {}), cohort::argument_error);
  EXPECT_THROW(run({}, {.window_bytes = 0}), cohort::argument_error);
  EXPECT_THROW(run({}, {.window_items = 0}), cohort::argument_error);
  run({.replicas = 1, .stateful = true}, {});
}

}  // namespace
