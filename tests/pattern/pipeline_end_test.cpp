// What stages make after their last item, and pipelines whose sink has had enough.
#include <cohort/collective/allreduce.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::emitter;
using cohort::feedback;
using cohort::keyed_stage;
using cohort::loop;
using cohort::pipeline;
using cohort::pipeline_flow;
using cohort::run_on;
using cohort::sink;
using cohort::stage;
using cohort::stage_of;

using number = std::int64_t;
number same(number i) {
  return i;
}

bool at_sink(const cohort::pipeline_report& report) {
  return world().rank() == report.stages.back().ranks.front();
}

/// Says at its end how many items it has had, as a number below 0.
struct counts {
  number seen = 0;
  number operator()(number i) {
    ++seen;
    return i;
  }
  void finish(const emitter<number>& emit) const { emit(-seen); }
};

/// Its last lines say how often each remainder has come.
struct totals {
  std::map<number, number> seen;
  void operator()(number i) { ++seen[i % 10]; }
  void finish(emitter<std::pair<number, number>>& emit) {
    for (const auto& each : seen) emit(each);
  }
};

TEST(pipeline_end, emits_totals_of_a_keyed_stage) {
  std::map<number, number> found;
  const auto report = pipeline(cohort::indices(1000)) | stage(same) |
                      keyed_stage([](number i) { return i % 10; }, totals{}, {.replicas = 3}) |
                      sink([&](const std::pair<number, number>& each) { found[each.first] += each.second; }) |
                      run_on(world());
  EXPECT_EQ(report.stages[2].items_out, 10U);
  if (at_sink(report)) {
    EXPECT_EQ(found.size(), 10U);
    for (const auto& [key, times] : found) EXPECT_EQ(times, 100) << key;
  }
}

/// The same for whatever emits.
struct counts_for_any {
  number seen = 0;
  number operator()(number i) {
    ++seen;
    return i;
  }
  template <class Emit>
  void finish(Emit& emit) const {
    emit(-seen);
  }
};

/// Of 0 to n - 1 and behind these one number below 0 for each replica, all together -n.
void expect_counted(const std::vector<number>& out, number n, std::size_t ends) {
  ASSERT_EQ(out.size(), static_cast<std::size_t>(n) + ends);
  for (number i = 0; i != n; ++i) EXPECT_EQ(out[static_cast<std::size_t>(i)], i);
  number sum = 0;
  for (auto i = static_cast<std::size_t>(n); i != out.size(); ++i) {
    EXPECT_LE(out[i], 0);
    sum += out[i];
  }
  EXPECT_EQ(sum, -n);
}

TEST(pipeline_end, comes_after_all_items_where_order_is_restored) {
  for (const std::size_t window : {std::size_t{1}, std::size_t{4096}}) {
    std::vector<number> out;
    const auto report = pipeline(cohort::indices(500)) | stage(counts{}, {.replicas = 2}) |
                        stage(same, {.replicas = 2}) | sink(out, {.ordered = true}) |
                        run_on(world(), {.window_items = window});
    if (at_sink(report)) expect_counted(out, 500, report.stages[1].ranks.size());
  }
}

TEST(pipeline_end, may_be_a_template) {
  for (const int threads : {1, 2}) {
    std::vector<number> out;
    const auto report = pipeline(cohort::indices(500)) |
                        stage_of([] { return counts_for_any{}; }, {.threads = threads}) |
                        sink(out, {.ordered = true}) | run_on(world());
    if (at_sink(report))
      expect_counted(out, 500, static_cast<std::size_t>(threads) * report.stages[1].ranks.size());
  }
}

TEST(pipeline_end, holds_more_than_a_window_back) {
  struct many {
    number operator()(number i) const { return i; }
    void finish(emitter<number>& emit) const {
      for (number i = 0; i != 300; ++i) emit(1000 + i);
    }
  };
  std::vector<number> out;
  const auto report = pipeline(cohort::indices(100)) | stage(many{}, {.replicas = 3}) | stage(same) |
                      sink(out, {.ordered = true}) | run_on(world(), {.window_items = 8});
  if (!at_sink(report)) return;
  EXPECT_EQ(out.size(), 100 + 300 * report.stages[1].ranks.size());
  for (std::size_t i = 0; i != out.size(); ++i) EXPECT_EQ(out[i] >= 1000, i >= 100) << i;
}

TEST(pipeline_end, goes_through_every_later_stage) {
  std::vector<number> out;
  const auto report = pipeline(cohort::indices(50)) | stage(counts{}) | stage(counts{}, {.stateful = true}) |
                      sink(out) | run_on(world());
  if (!at_sink(report)) return;
  EXPECT_EQ(out.size(), 52U);
  EXPECT_EQ(std::count(out.begin(), out.end(), number{-50}), 1) << "of the first stage, which is on one rank";
  EXPECT_EQ(std::count(out.begin(), out.end(), number{-51}), 1) << "of the second one, which has had that too";
}

TEST(pipeline_end, ends_once_for_each_thread_that_has_a_function) {
  std::vector<number> out;
  const auto report = pipeline(cohort::indices(200)) | stage_of([] { return counts{}; }, {.threads = 2}) |
                      sink(out, {.ordered = true}) | run_on(world());
  if (at_sink(report)) expect_counted(out, 200, 2 * report.stages[1].ranks.size());
}

/// Gives numbers back until they are 0; says at its end how often it was called.
struct halves {
  number calls = 0;
  void operator()(number n, emitter<number>& emit, feedback<number>& again) {
    ++calls;
    if (n == 0) return emit(n);
    again(n / 2);
  }
  void finish(emitter<number>& emit) const { emit(-calls); }
};

TEST(pipeline_end, comes_when_a_loop_has_ended) {
  for (const bool ordered : {false, true}) {
    std::vector<number> out;
    const auto report = pipeline(std::vector<number>(20, 8)) | stage(counts{}) |
                        loop(stage(same) | stage(halves{}, {.replicas = 2})) | sink(out, {.ordered = ordered}) |
                        run_on(world());
    if (!at_sink(report)) continue;
    number calls = 0;
    for (const auto i : out) calls += i;
    // 8, 4, 2, 1 and 0 of each, and of -20, which the first stage adds: -20, -10, -5, -2, -1, 0.
    EXPECT_EQ(calls, -(20 * 5 + 6));
    EXPECT_EQ(out.size(), 21 + report.stages[4].ranks.size());
    EXPECT_TRUE(!ordered ||
                std::is_sorted(out.begin(), out.end(), [](number a, number b) { return a == 0 && b < 0; }));
  }
}

TEST(pipeline_end, comes_after_loads_have_been_measured) {
  std::vector<number> out;
  const auto report = pipeline(cohort::indices(100)) | stage(counts{}, {.replicas = cohort::automatic}) |
                      sink(out, {.ordered = true}) | run_on(world());
  if (at_sink(report)) expect_counted(out, 100, report.stages[1].ranks.size());
}

/// Makes each number twice, and one below 0 at its end.
struct doubles {
  void operator()(number i, emitter<number>& emit) const {
    emit(i);
    emit(i);
  }
  void finish(emitter<number>& emit) const { emit(-1); }
};
/// The same once; sometimes it takes a while.
struct dawdles {
  number operator()(number i) const {
    if (i % 64 == 5) std::this_thread::sleep_for(std::chrono::microseconds{300});
    return i;
  }
  void finish(emitter<number>& emit) const { emit(-1); }
};

TEST(pipeline_end, comes_last_whatever_the_stages_and_windows) {
  auto random = engine(61);
  const auto some = [&](const auto& made) {
    const bool ordered = random() % 5 == 0;
    const int replicas = random() % 4 == 0 ? cohort::automatic : 1 + static_cast<int>(random() % 3);
    const int threads = random() % 3 == 0 ? 2 : 1;
    return stage_of([made] { return made; }, {.replicas = ordered ? cohort::as_many_as_fit : replicas,
                                              .threads = ordered ? 1 : threads,
                                              .ordered = ordered});
  };
  for (int trial = 0; trial != 30; ++trial) {
    const auto n = static_cast<number>(random() % 200);
    std::vector<number> out;
    auto begun = pipeline(cohort::indices(n)) | some(dawdles{});
    auto longer = std::move(begun) | some(doubles{});
    auto whole = std::move(longer) | some(dawdles{});
    const auto report =
        std::move(whole) | sink(out, {.ordered = true}) | run_on(world(), {.window_items = 1 + random() % 20});
    if (!at_sink(report)) continue;
    const auto ends = [&](std::size_t of) {
      return report.stages[of].ranks.size() * static_cast<std::size_t>(report.stages[of].threads);
    };
    const auto items = static_cast<std::size_t>(2 * n);
    EXPECT_EQ(out.size(), items + 2 * ends(1) + ends(2) + ends(3))
        << "seed " << seed() << ", " << report.describe();
    for (std::size_t i = 0; i != out.size(); ++i) {
      EXPECT_EQ(out[i], i < items ? static_cast<number>(i / 2) : -1)
          << "seed " << seed() << ", " << report.describe();
    }
  }
}

TEST(pipeline_end, names_the_stage_that_fails_there) {
  struct fails {
    number operator()(number i) const { return i; }
    void finish(emitter<number>&) const { throw std::out_of_range("too late"); }
  };
  try {
    pipeline(cohort::indices(10)) | stage(fails{}, {.name = "last"}) | sink([](number) {}) | run_on(world());
    ADD_FAILURE() << "nothing was thrown";
  } catch (const cohort::pipeline_error& e) {
    EXPECT_EQ(e.stage(), "last");
    EXPECT_EQ(e.item(), cohort::no_item);
    EXPECT_NE(std::string{e.what()}.find("in the stage last at the end: std::out_of_range: too late"),
              std::string::npos)
        << e.what();
  }
}

TEST(pipeline_stop, ends_without_an_error) {
  number left = 0;
  std::vector<number> out;
  const auto enough = [&](number i) {
    out.push_back(i);
    return i == 9 ? pipeline_flow::stop : pipeline_flow::go_on;
  };
  const auto next = [&] { return std::optional{left++}; };  // without an end
  const auto report = pipeline(next) | stage(same) | sink(enough, {.ordered = true}) | run_on(world());
  EXPECT_EQ(report.stages.back().items_in, 10U);
  EXPECT_EQ(out.size(), at_sink(report) ? 10U : 0U);
  EXPECT_TRUE(std::is_sorted(out.begin(), out.end()));
  // Once more, on the same communicator.
  const auto second = pipeline(cohort::indices(5)) | stage(same) | sink([](number) {}) | run_on(world());
  EXPECT_EQ(second.stages.back().items_in, 5U);
}

TEST(pipeline_stop, ends_sources_and_stages_that_emit) {
  const auto endless = [](emitter<number>& emit) {
    for (number i = 0;; ++i) emit(i);
  };
  const auto twice = [](number i, emitter<number>& emit) {
    emit(i);
    emit(i);
  };
  number seen = 0;
  const auto report = pipeline(endless) | stage(twice) | stage(counts{}, {.stateful = true}) |
                      sink([&](number) { return ++seen == 100 ? pipeline_flow::stop : pipeline_flow::go_on; }) |
                      run_on(world());
  EXPECT_EQ(report.stages.back().items_in, 100U);
}

TEST(pipeline_stop, ends_loops_and_threads_and_measured_stages) {
  const auto again_and_again = [](number i, emitter<number>& emit, feedback<number>& again) {
    emit(i);
    again(i + 1);
  };
  number seen = 0;
  const auto enough = [&](number) { return ++seen >= 50 ? pipeline_flow::stop : pipeline_flow::go_on; };
  const auto report = pipeline(std::vector<number>{1, 2}) | stage(same, {.replicas = cohort::automatic}) |
                      loop(stage(again_and_again)) | stage(same, {.threads = 2}) | sink(enough) | run_on(world());
  EXPECT_EQ(report.stages.back().items_in, 50U);
  seen = 0;
  const auto measured = pipeline([i = number{0}]() mutable { return std::optional{i++}; }) |
                        stage(same, {.replicas = cohort::automatic}) | sink(enough) | run_on(world());
  EXPECT_EQ(measured.stages.back().items_in, 50U);
}

}  // namespace
