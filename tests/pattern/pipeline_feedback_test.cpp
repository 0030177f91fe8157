// Stages that give items back to themselves, against what that means when they run one item after the other.
#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::emitter;
using cohort::feedback;
using cohort::pipeline;
using cohort::run_on;
using cohort::sink;
using cohort::stage;

std::vector<std::uint64_t> numbers(std::uint64_t n) {
  std::vector<std::uint64_t> result(n);
  for (std::uint64_t i = 0; i != n; ++i) result[i] = i;
  return result;
}

/// None, one or several of one, which shrink to an end.
std::vector<std::uint64_t> children(std::uint64_t i) {
  std::vector<std::uint64_t> result;
  for (std::uint64_t k = 0; k != i % 4; ++k) result.push_back(i / 2 + k);
  if (i < 8) result.clear();
  return result;
}
void visit(std::uint64_t i, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
  for (const auto child : children(i)) again(child);
  if (i % 3 != 0) emit(i);
  if (i % 7 == 0) emit(i + 1);
}
/// What visit() makes of all, in any order.
std::vector<std::uint64_t> visited(std::vector<std::uint64_t> todo) {
  std::vector<std::uint64_t> result;
  while (!todo.empty()) {
    const auto i = todo.back();
    todo.pop_back();
    for (const auto child : children(i)) todo.push_back(child);
    if (i % 3 != 0) result.push_back(i);
    if (i % 7 == 0) result.push_back(i + 1);
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<std::uint64_t> sorted_at_sink(const cohort::pipeline_report& report, std::vector<std::uint64_t> out) {
  world().bcast(out, {.root = report.stages.back().ranks.front()});
  std::sort(out.begin(), out.end());
  return out;
}

TEST(pipeline_feedback, visits_all_that_comes_back) {
  for (const std::uint64_t n : {0U, 1U, 13U, 300U}) {
    for (const int replicas : {1, 3, cohort::as_many_as_fit, cohort::automatic}) {
      for (const bool ordered : {false, true}) {
        for (const std::size_t window : {1U, 4096U}) {
          if (window == 1 && n > 13) continue;
          std::vector<std::uint64_t> out;
          const auto in = numbers(n);
          const auto report = pipeline(in) | stage(visit, {.replicas = replicas}) |
                              sink(out, {.ordered = ordered}) | run_on(world(), {.window_items = window});
          EXPECT_EQ(sorted_at_sink(report, out), visited(in));
          EXPECT_EQ(report.stages[1].name, "stage 1 (feedback)");
          EXPECT_EQ(report.stages[2].name, "stage 1");
          EXPECT_EQ(report.stages[2].items_in, report.stages[1].items_out);
        }
      }
    }
  }
}

TEST(pipeline_feedback, stands_between_other_stages_and_twice) {
  const auto twice = [](std::uint64_t i, emitter<std::uint64_t>& emit) { emit(i), emit(i + 5); };
  std::vector<std::uint64_t> before;
  for (const auto i : numbers(40)) before.push_back(i), before.push_back(i + 5);
  std::vector<std::uint64_t> between;
  for (const auto i : visited(before)) {
    if (i % 2 == 0) between.push_back(i);
  }
  for (const bool ordered : {false, true}) {
    std::vector<std::uint64_t> out;
    const auto report =
        pipeline(numbers(40)) | stage(twice, {.replicas = 2}) | stage(visit, {.replicas = 2}) |
        stage([](std::uint64_t i) { return i % 2 == 0 ? std::optional{i} : std::nullopt; }, {.replicas = 1}) |
        stage(visit, {.name = "second"}) | sink(out, {.ordered = ordered}) | run_on(world());
    EXPECT_EQ(sorted_at_sink(report, out), visited(between));
  }
}

// Whichever of the gates and stages share a rank; their items are of different types.
TEST(pipeline_feedback, stands_twice_in_a_row) {
  const auto visit_text = [](const std::string& s, emitter<std::string>& emit, feedback<std::string>& again) {
    emit(s);
    if (s.size() < 3) again(s + "'");
  };
  std::vector<std::string> expected;
  for (const auto i : visited(numbers(40))) {
    for (auto s = std::to_string(i); expected.push_back(s), s.size() < 3;) s += "'";
  }
  std::sort(expected.begin(), expected.end());
  for (const int first : {1, 2}) {
    for (const int second : {1, 2}) {
      std::vector<std::string> out;
      const auto report = pipeline(numbers(40)) | stage(visit, {.replicas = first}) |
                          stage([](std::uint64_t i) { return std::to_string(i); }, {.replicas = 1}) |
                          stage(visit_text, {.replicas = second}) | sink(out) | run_on(world());
      if (world().rank() != report.stages.back().ranks.front()) continue;
      std::sort(out.begin(), out.end());
      EXPECT_EQ(out, expected) << first << second;
    }
  }
  for (const int second : {1, 2, 3}) {
    std::vector<std::uint64_t> out;
    const auto report = pipeline(numbers(40)) | stage(visit, {.replicas = 1}) |
                        stage(visit, {.name = "second", .replicas = second}) | sink(out) | run_on(world());
    EXPECT_EQ(sorted_at_sink(report, out), visited(visited(numbers(40)))) << second;
  }
}

TEST(pipeline_feedback, keeps_the_order_of_what_does_not_come_back) {
  std::vector<std::uint64_t> out;
  const auto report = pipeline(numbers(500)) |
                      stage([](std::uint64_t i, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
                        // One in five goes round once, and comes out as something else.
                        if (i < 1000 && i % 5 == 0) return again(i + 1000);
                        emit(i);
                      }) |
                      sink(out, {.ordered = true}) | run_on(world());
  if (world().rank() != report.stages.back().ranks.front()) return;
  EXPECT_EQ(out.size(), 500U);
  std::erase_if(out, [](std::uint64_t i) { return i >= 1000; });
  EXPECT_EQ(out.size(), 400U);
  EXPECT_TRUE(std::is_sorted(out.begin(), out.end()));
}

TEST(pipeline_feedback, spreads_what_comes_of_one_item) {
  // A tree of one root: all ranks of the stage see some of it.
  std::vector<std::uint64_t> out;
  const auto report =
      pipeline(std::vector<std::string>{"a"}) |
      stage([](const std::string& path, emitter<std::uint64_t>& emit, feedback<std::string>& again) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
        if (path.size() < 7) again(path + "a"), again(path + "b");
        emit(static_cast<std::uint64_t>(world().rank()));
      }) |
      sink(out) | run_on(world());
  if (world().rank() != report.stages.back().ranks.front()) return;
  EXPECT_EQ(out.size(), 127U);
  std::vector<int> ranks;
  for (const auto r : out) ranks.push_back(static_cast<int>(r));
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  EXPECT_EQ(ranks, report.stages[2].ranks);
}

TEST(pipeline_feedback, takes_items_of_a_key_to_one_replica) {
  std::uint64_t sum = 0;
  const auto report = pipeline(numbers(30)) |
                      cohort::keyed_stage([](std::uint64_t i) { return i % 10; },
                                          [seen = std::map<std::uint64_t, std::uint64_t>{}](
                                              std::uint64_t i, emitter<std::uint64_t>& emit,
                                              feedback<std::uint64_t>& again) mutable {
                                            // The count of a key is whole only if one replica has all of its items.
                                            emit(++seen[i % 10]);
                                            if (i < 300) again(i + 100);
                                          }) |
                      sink([&](std::uint64_t n) { sum = std::max(sum, n); }) | run_on(world());
  EXPECT_EQ(world().allreduce(sum, cohort::maximum{}), 12U) << "3 of each key, each 4 times";
  EXPECT_EQ(report.stages[2].items_in, 120U);
}

TEST(pipeline_feedback, carries_long_items) {
  std::size_t sum = 0;
  (void)(pipeline(numbers(6)) | stage([](std::uint64_t i) { return std::string(100'000 + i, 'x'); }) |
         stage([](std::string s, emitter<std::size_t>& emit, feedback<std::string>& again) {
           emit(s.size());
           if (s.back() == 'x') {
             s.back() = 'y';
             again(s);
             again(s);
           }
         }) |
         sink([&](std::size_t n) { sum += n; }) | run_on(world()));
  EXPECT_EQ(world().allreduce(sum, std::plus{}), 3U * (600'000 + 15));
}

TEST(pipeline_feedback, fails_on_the_way_round) {
  for (const std::size_t window : {1U, 4096U}) {
    for (const std::uint64_t when : {0U, 5000U}) {
      try {
        (void)(pipeline(numbers(10)) |
               stage(
                   [when](std::uint64_t i, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
                     if (i == when) throw std::runtime_error{"no"};
                     emit(i);
                     again(i + 10);  // without end
                   },
                   {.name = "round"}) |
               sink([](std::uint64_t) {}, {.ordered = true}) | run_on(world(), {.window_items = window}));
        ADD_FAILURE() << "nothing was thrown";
      } catch (const cohort::pipeline_error& e) {
        EXPECT_EQ(e.stage(), "round");
        EXPECT_EQ(e.item(), when % 10) << "the source's item";
      }
    }
    EXPECT_THROW((void)(pipeline(numbers(10)) |
                        stage([](std::uint64_t i, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
                          emit(i);
                          again(i + 10);
                        }) |
                        sink([](std::uint64_t i) { return i < 5000 ? 0 : throw std::runtime_error{"no"}; }) |
                        run_on(world(), {.window_items = window})),
                 cohort::pipeline_error);
  }
}

}  // namespace
