// Stages that run in several threads of a rank.
#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/pattern/indices.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
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
using cohort::indices;
using cohort::pipeline;
using cohort::run_on;
using cohort::sink;
using cohort::stage;

template <class T>
std::vector<T> at_sink(const cohort::pipeline_report& report, std::vector<T> out) {
  world().bcast(out, {.root = report.stages.back().ranks.front()});
  return out;
}

// Items of very different length, so that they end in another order than they began.
std::string unevenly(std::int64_t i) {
  std::this_thread::sleep_for(std::chrono::microseconds{i % 7 == 0 ? 2000 : 20});
  return std::to_string(i);
}
void spread(const std::string& s, emitter<std::string>& emit) {
  for (std::size_t n = 0; n != s.size() % 3; ++n) emit(s + "." + std::to_string(n));
}
std::optional<std::string> drop(std::string s) {
  return s.back() == '3' ? std::nullopt : std::optional{std::move(s)};
}

TEST(pipeline_threads, keep_the_order_of_items) {
  std::vector<std::string> expected;
  for (std::int64_t i = 0; i != 200; ++i) {
    emitter<std::string> emit{&expected, [](void* to, std::string&& s) {
                                if (auto left = drop(std::move(s)))
                                  static_cast<std::vector<std::string>*>(to)->push_back(std::move(*left));
                              }};
    spread(std::to_string(i), emit);
  }
  for (const int threads : {2, 5}) {
    for (const int replicas : {1, 2, cohort::automatic}) {
      for (const std::size_t window : {1U, 4096U}) {
        std::vector<std::string> out;
        const auto report = pipeline(indices(200)) | stage(unevenly, {.replicas = replicas, .threads = threads}) |
                            stage(spread, {.replicas = replicas, .threads = threads}) |
                            stage(drop, {.threads = 2}) | sink(out, {.ordered = true}) |
                            run_on(world(), {.window_items = window});
        EXPECT_EQ(at_sink(report, out), expected) << threads << ", " << report.describe();
        EXPECT_EQ(report.stages[1].threads, threads);
        EXPECT_EQ(report.stages[4].threads, 1);
        EXPECT_EQ(report.stages[3].items_out, expected.size());
      }
    }
  }
}

TEST(pipeline_threads, run_at_the_same_time) {
  const auto inside = std::make_shared<std::atomic<int>>(0);
  const auto meet = [inside](std::int64_t) {
    ++*inside;
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (*inside < 3 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    return inside->load();
  };
  std::vector<int> out;
  const auto report =
      pipeline(indices(3)) | stage(meet, {.replicas = 1, .threads = 3}) | sink(out) | run_on(world());
  EXPECT_EQ(at_sink(report, out), (std::vector<int>{3, 3, 3}));
}

TEST(pipeline_threads, share_a_function_that_cannot_be_copied) {
  std::int64_t sum = 0;
  (void)(pipeline(indices(100)) |
         stage([one = std::make_unique<int>(1)](std::int64_t i) { return i + *one; }, {.threads = 2}) |
         sink([&](std::int64_t i) { sum += i; }) | run_on(world()));
  EXPECT_EQ(world().allreduce(sum, std::plus{}), 5050);
}

TEST(pipeline_threads, have_a_function_each_that_is_made_for_them) {
  struct counting {
    std::shared_ptr<std::atomic<int>> copies;
    std::shared_ptr<int> mine;
    std::int64_t operator()(std::int64_t i) {
      ++*mine;  // a race, if two threads had the same
      return i;
    }
  };
  const auto made = std::make_shared<std::atomic<int>>(0);
  const auto make = [made] {
    ++*made;
    return counting{made, std::make_shared<int>(0)};
  };
  std::int64_t sum = 0;
  const auto report = pipeline(indices(100)) | cohort::stage_of(make, {.threads = 4}) |
                      sink([&](std::int64_t i) { sum += i; }) | run_on(world());
  EXPECT_EQ(world().allreduce(sum, std::plus{}), 4950);
  EXPECT_EQ(world().allreduce(made->load(), std::plus{}), 4 * static_cast<int>(report.stages[1].ranks.size()));
}

TEST(pipeline_threads, stand_before_and_after_a_loop) {
  const auto down = [](std::int64_t i, emitter<std::int64_t>& emit, feedback<std::int64_t>& again) {
    emit(i);
    if (i >= 10) again(i / 10);
  };
  std::vector<std::string> expected;
  for (std::int64_t i = 0; i != 150; ++i) {
    for (auto n = 2 * i;; n /= 10) {
      expected.push_back(std::to_string(n));
      if (n < 10) break;
    }
  }
  std::sort(expected.begin(), expected.end());
  for (const bool ordered : {false, true}) {
    std::vector<std::string> out;
    const auto report = pipeline(indices(150)) | stage([](std::int64_t i) { return 2 * i; }, {.threads = 2}) |
                        cohort::loop(stage([](std::int64_t i) { return i; }) | stage(down)) |
                        stage(unevenly, {.threads = 3}) | sink(out, {.ordered = ordered}) |
                        run_on(world(), {.window_items = 5});
    auto all = at_sink(report, out);
    std::sort(all.begin(), all.end());
    EXPECT_EQ(all, expected);
  }
}

TEST(pipeline_threads, keep_little_of_what_they_make) {
  // On one rank, so that both ends can be counted.
  const auto alone = world().split(world().rank());
  constexpr std::int64_t each = 5'000;
  std::atomic<std::int64_t> made = 0;
  const auto many = [&made](std::int64_t i, emitter<std::int64_t>& emit) {
    for (std::int64_t k = 0; k != each; ++k) {
      ++made;
      emit(i * each + k);
    }
  };
  std::int64_t taken = 0;
  std::int64_t most = 0;
  const auto report = pipeline(indices(12)) | stage(many, {.threads = 2}) | sink([&](std::int64_t n) {
                        EXPECT_EQ(n, taken);
                        most = std::max(most, made - taken);
                        ++taken;
                      }) |
                      run_on(alone);
  EXPECT_EQ(taken, 12 * each);
  EXPECT_EQ(report.stages[1].items_out, static_cast<std::uint64_t>(12 * each));
  // Four items for each thread, twice 64 of each and one more, and 64 that are being handed on.
  EXPECT_LE(most, 8 * (2 * 64 + 1) + 64);

  // Threads that have no room end with the pipeline.
  taken = 0;
  EXPECT_THROW((void)(pipeline(indices(12)) | stage(many, {.threads = 2}) | sink([&](std::int64_t) {
                        if (++taken == 100) throw std::range_error{"full"};
                      }) |
                      run_on(alone)),
               cohort::pipeline_error);
  EXPECT_EQ(taken, 100);
}

TEST(pipeline_threads, fail_as_others_do) {
  for (const int replicas : {1, cohort::as_many_as_fit}) {
    try {
      (void)(pipeline(indices(100)) |
             stage([](std::int64_t i) { return i == 42 ? throw std::domain_error{"no"} : unevenly(i); },
                   {.name = "check", .replicas = replicas, .threads = 3}) |
             stage(drop, {.threads = 2}) | sink([](const std::string&) {}) | run_on(world()));
      ADD_FAILURE() << "nothing was thrown";
    } catch (const cohort::pipeline_error& e) {
      EXPECT_EQ(e.stage(), "check");
      EXPECT_EQ(e.item(), 42U);
      EXPECT_EQ(e.failure().type, "std::domain_error");
    }
  }
  // A later stage, while threads are at work.
  EXPECT_THROW((void)(pipeline(indices(100)) | stage(unevenly, {.threads = 3}) |
                      sink([](const std::string& s) { return s == "50" ? throw std::runtime_error{"no"} : 0; }) |
                      run_on(world())),
               cohort::pipeline_error);
}

template <class Run>
void expect_refusal(const std::string& why, Run&& run) {
  try {
    run();
    ADD_FAILURE() << "nothing was thrown: " << why;
  } catch (const cohort::argument_error& e) {
    EXPECT_NE(std::string{e.what()}.find(why), std::string::npos) << e.what();
  }
}

TEST(pipeline_threads, are_refused_where_they_make_no_sense) {
  const auto same = [](std::int64_t i) { return i; };
  const auto again = [](std::int64_t i, emitter<std::int64_t>& emit, feedback<std::int64_t>&) { emit(i); };
  const auto run = [](auto&& one) {
    (void)(pipeline(std::vector<std::int64_t>{1}) | std::move(one) | sink([](std::int64_t) {}) | run_on(world()));
  };
  expect_refusal("has 0 threads (it is a number of threads)", [&] { run(stage(same, {.threads = 0})); });
  expect_refusal("has 2 threads but is stateful", [&] { run(stage(same, {.threads = 2, .stateful = true})); });
  expect_refusal("has 2 threads but is ordered", [&] { run(stage(same, {.threads = 2, .ordered = true})); });
  expect_refusal("has 2 threads but is keyed", [&] { run(cohort::keyed_stage(same, same, {.threads = 2})); });
  expect_refusal("has 2 threads but is in a loop", [&] { run(stage(again, {.threads = 2})); });
  expect_refusal("has 2 threads but its function is not const",
                 [&] { run(stage([n = 0](std::int64_t i) mutable { return i + n++; }, {.threads = 2})); });
}

}  // namespace
