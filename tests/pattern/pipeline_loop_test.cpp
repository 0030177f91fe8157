// Loops of several stages, against what they mean when one item runs after the other.
#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/bcast.hpp>
#include <cohort/pattern/pipeline.hpp>

#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::emitter;
using cohort::feedback;
using cohort::keyed_stage;
using cohort::loop;
using cohort::pipeline;
using cohort::run_on;
using cohort::sink;
using cohort::stage;

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 31;
  x *= 0x9E3779B97F4A7C15U;
  return x ^ (x >> 29);
}

// A small web: links lead to pages, pages to links, none further than `left`.
struct link {
  std::uint64_t id = 0;
  std::uint32_t left = 0;
  std::uint32_t tries = 0;
};
struct page {
  std::string text;
  std::uint64_t id = 0;
  std::uint32_t left = 0;
};

/// None, one or two pages of a link; some only at the second try.
template <class Emit, class Again>
void fetch(const link& l, Emit&& emit, Again&& again) {
  const auto h = mix(l.id);
  if (h % 5 == 0 && l.tries == 0) return again(link{l.id, l.left, 1});
  for (std::uint64_t i = 0; i != h % 3; ++i)
    emit(page{std::to_string(h) + std::string(h % 40, 'x'), h + i, l.left});
}
/// Drops some.
std::optional<page> filter(page p) {
  if (mix(p.id + 7) % 6 == 0) return std::nullopt;
  p.text += "!";
  return p;
}
template <class Emit, class Again>
void parse(const page& p, Emit&& emit, Again&& again) {
  const auto h = mix(p.id + p.text.size());
  if (p.left != 0) {
    for (std::uint64_t i = 0; i != h % 4; ++i) again(link{h + i, p.left - 1, 0});
  }
  if (h % 4 != 0) emit(h);
}

void fetch_again(const link& l, emitter<page>& emit, feedback<link>& again) {
  fetch(l, emit, again);
}
void parse_page(const page& p, emitter<std::uint64_t>& emit, feedback<link>& again) {
  parse(p, emit, again);
}

std::vector<link> seeds(std::uint64_t n, std::uint64_t salt, std::uint32_t left) {
  std::vector<link> result;
  for (std::uint64_t i = 0; i != n; ++i) result.push_back({mix(i + salt), left, 0});
  return result;
}
/// What leaves the loop of fetch, filter and parse, in the order in which one rank finds it.
std::vector<std::uint64_t> found_from(const std::vector<link>& in, bool filtered) {
  std::vector<std::uint64_t> result;
  for (const auto& seed : in) {
    std::vector<link> todo{seed};
    while (!todo.empty()) {
      const auto next = todo.back();
      todo.pop_back();
      const auto again = [&](const link& l) { todo.push_back(l); };
      const auto take = [&](const page& p) {
        parse(
            p, [&](std::uint64_t h) { result.push_back(h); }, again);
      };
      fetch(
          next,
          [&](page p) {
            if (!filtered) return take(p);
            if (const auto left = filter(std::move(p))) take(*left);
          },
          again);
    }
  }
  return result;
}

template <class T>
std::vector<T> sorted(std::vector<T> all) {
  std::sort(all.begin(), all.end());
  return all;
}
template <class T>
std::vector<T> at_sink(const cohort::pipeline_report& report, std::vector<T> out) {
  world().bcast(out, {.root = report.stages.back().ranks.front()});
  return out;
}

TEST(pipeline_loop, visits_all_that_comes_back) {
  const auto in = seeds(20, 3, 4);
  const auto expected = found_from(in, false);
  for (const int replicas : {1, 2, cohort::as_many_as_fit, cohort::automatic}) {
    for (const bool ordered : {false, true}) {
      std::vector<std::uint64_t> out;
      const auto report = pipeline(in) |
                          loop(stage(fetch_again, {.name = "fetch", .replicas = replicas}) |
                               stage(parse_page, {.name = "parse", .replicas = replicas})) |
                          sink(out, {.ordered = ordered}) | run_on(world());
      const auto all = at_sink(report, out);
      EXPECT_EQ(sorted(all), sorted(expected)) << report.describe();
      if (world().size() == 1) {
        EXPECT_EQ(all, expected);
      }
      EXPECT_EQ(report.stages[1].name, "fetch (feedback)");
      EXPECT_EQ(report.stages[2].items_in, report.stages[1].items_out) << "all of the gate's go to fetch";
      EXPECT_EQ(report.stages[3].items_in, report.stages[2].items_out);
      EXPECT_EQ(report.stages[3].items_out, expected.size());
    }
  }
}

// All ranks draw the same numbers.
TEST(pipeline_loop, means_the_same_on_any_ranks_with_any_windows) {
  auto random = engine(41);
  for (int trial = 0; trial != 40; ++trial) {
    const auto in =
        seeds(random() % (random() % 2 == 0 ? 3 : 60), random(), static_cast<std::uint32_t>(random() % 5));
    const auto replicas = [&] { return random() % 4 == 0 ? cohort::automatic : static_cast<int>(random() % 4); };
    const auto drawn = [&] { return cohort::stage_options{.replicas = replicas()}; };
    const bool in_order = random() % 4 == 0;  // within the loop
    const auto middle = in_order ? cohort::stage_options{.ordered = true} : drawn();
    const bool ordered = random() % 2 == 0;
    const cohort::pipeline_options options{.window_bytes = random() % 3 == 0 ? 1U : 1U << (5 + random() % 12),
                                           .window_items = 1 + random() % (random() % 2 == 0 ? 4 : 1000)};
    std::vector<std::uint64_t> out;
    const auto by_host = [](const link& l) { return l.id % 13; };
    const auto by_length = [](const page& p) { return p.text.size(); };
    const auto run = [&](auto&& first, auto&& last) {
      return pipeline(in) | stage([](link l) { return l; }, drawn()) |
             loop(std::move(first) | stage(filter, middle) | std::move(last)) |
             stage([](std::uint64_t h) { return std::optional{h}; }, drawn()) | sink(out, {.ordered = ordered}) |
             run_on(world(), options);
    };
    const auto kind = random() % 3;
    const auto how_first = drawn();
    const auto how_last = drawn();
    const auto report =
        kind == 0   ? run(stage(fetch_again, how_first), stage(parse_page, how_last))
        : kind == 1 ? run(keyed_stage(by_host, fetch_again, {.replicas = 2}), stage(parse_page, how_last))
                    : run(stage(fetch_again, how_first), keyed_stage(by_length, parse_page, {.replicas = 3}));
    EXPECT_EQ(sorted(at_sink(report, out)), sorted(found_from(in, true)))
        << "seed " << seed() << ", trial " << trial << ", windows " << options.window_bytes << ", "
        << options.window_items << ", ordered " << ordered << in_order << ", " << report.describe();
  }
}

TEST(pipeline_loop, stands_twice_in_a_row_and_beside_stages_that_feed_themselves) {
  const auto in = seeds(8, 11, 3);
  // Of each number, all that is left when it is halved; then the same through text.
  const auto halve = [](std::uint64_t n, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
    emit(n);
    if (n > 1'000'000) again(n / 1024);
  };
  const auto to_text = [](std::uint64_t n) { return std::to_string(n); };
  const auto shorten = [](const std::string& s, emitter<std::string>& emit, feedback<std::uint64_t>& again) {
    emit(s);
    if (s.size() > 3) again(std::stoull(s.substr(3)));
  };
  std::vector<std::string> expected;
  for (auto n : found_from(in, false)) {
    for (;; n /= 1024) {
      for (auto s = std::to_string(n);; s = std::to_string(std::stoull(s.substr(3)))) {
        expected.push_back(s);
        if (s.size() <= 3) break;
      }
      if (n <= 1'000'000) break;
    }
  }
  for (const int replicas : {1, 2}) {
    for (const bool ordered : {false, true}) {
      std::vector<std::string> out;
      const auto report = pipeline(in) | loop(stage(fetch_again, {.replicas = replicas}) | stage(parse_page)) |
                          stage(halve) | loop(stage(to_text) | stage(shorten, {.replicas = replicas})) |
                          sink(out, {.ordered = ordered}) | run_on(world(), {.window_items = 3});
      EXPECT_EQ(sorted(at_sink(report, out)), sorted(expected)) << report.describe();
      EXPECT_EQ(report.stages[4].name, "stage 3 (feedback)") << "gates do not count";
    }
  }
}

TEST(pipeline_loop, may_be_of_one_stage_and_end_with_one_that_gives_nothing_back) {
  const auto in = seeds(10, 17, 3);
  const auto again_at_most_once = [](const link& l, emitter<link>& emit, feedback<link>& again) {
    if (l.tries == 0) return again({l.id, l.left, 1});
    emit(l);
  };
  std::vector<std::uint64_t> out;
  const auto report = pipeline(in) | loop(stage(again_at_most_once)) |
                      loop(stage(again_at_most_once) | stage([](const link& l) { return l.id; })) | sink(out) |
                      run_on(world());
  std::vector<std::uint64_t> expected;
  for (const auto& l : in) expected.push_back(l.id);
  EXPECT_EQ(sorted(at_sink(report, out)), sorted(expected));
}

// The gate gives out first what came back; within the loop .ordered is the order in which it gave items out.
TEST(pipeline_loop, keeps_order_within_it_and_after_it) {
  std::vector<std::uint64_t> in(300);
  for (std::uint64_t i = 0; i != in.size(); ++i) in[i] = i;
  std::vector<std::uint64_t> out;
  const auto same = [](std::uint64_t i) { return i; };
  const auto report = pipeline(in) |
                      loop(stage(same, {.replicas = 3}) |
                           stage(
                               [last = std::uint64_t{0}](std::uint64_t i) mutable {
                                 // Those that have not been round come as they were.
                                 if (i < 1000 && i < std::exchange(last, i))
                                   throw std::runtime_error{"not in order"};
                                 return i;
                               },
                               {.ordered = true}) |
                           stage(
                               [](std::uint64_t i, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
                                 if (i < 1000 && i % 5 == 0) return again(i + 1000);
                                 emit(i);
                               },
                               {.replicas = 2})) |
                      stage(same, {.replicas = 2}) | sink(out, {.ordered = true}) | run_on(world());
  auto all = at_sink(report, out);
  EXPECT_EQ(all.size(), 300U);
  std::erase_if(all, [](std::uint64_t i) { return i >= 1000; });
  EXPECT_EQ(all.size(), 240U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

TEST(pipeline_loop, carries_long_items_and_very_many) {
  const auto grow = [](std::uint64_t n) { return std::string(100'000 + n, 'x'); };
  const auto shrink = [](const std::string& s, emitter<std::size_t>& emit, feedback<std::uint64_t>& again) {
    emit(s.size());
    if (const auto n = s.size() - 100'000; n != 0) again(n - 1), again(n - 1);
  };
  std::vector<std::size_t> out;
  auto report = pipeline(std::vector<std::uint64_t>{3, 4}) | loop(stage(grow) | stage(shrink)) | sink(out) |
                run_on(world(), {.window_bytes = 1000});
  EXPECT_EQ(at_sink(report, out).size(), 15U + 31U);

  // One item becomes many at once in front, and each of these comes back.
  std::uint64_t sum = 0;
  const auto many = [](std::uint64_t n, emitter<std::uint64_t>& emit) {
    for (std::uint64_t i = 0; i != (n == 0 ? 2000U : 1U); ++i) emit(n);
  };
  const auto back = [](std::uint64_t n, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
    if (n == 0) return again(1);
    emit(n);
  };
  report = pipeline(std::vector<std::uint64_t>{0}) | loop(stage(many) | stage(back)) |
           sink([&](std::uint64_t n) { sum += n; }) | run_on(world(), {.window_items = 2});
  EXPECT_EQ(world().allreduce(sum, cohort::maximum{}), 2000U);
}

TEST(pipeline_loop, takes_items_of_a_key_to_one_replica) {
  std::vector<std::uint64_t> in(30);
  for (std::uint64_t i = 0; i != in.size(); ++i) in[i] = i;
  const auto key = [](std::uint64_t i) { return i % 10; };
  const auto count = [seen = std::map<std::uint64_t, std::uint64_t>{}](std::uint64_t i) mutable {
    return std::pair{i, ++seen[i % 10]};
  };
  const auto back = [](const std::pair<std::uint64_t, std::uint64_t>& p, emitter<std::uint64_t>& emit,
                       feedback<std::uint64_t>& again) {
    emit(p.second);
    if (p.first < 300) again(p.first + 100);
  };
  std::uint64_t most = 0;
  const auto report = pipeline(in) | loop(keyed_stage(key, count) | stage(back)) |
                      sink([&](std::uint64_t n) { most = std::max(most, n); }) | run_on(world());
  EXPECT_EQ(world().allreduce(most, cohort::maximum{}), 12U) << "3 of each key, each 4 times";
  EXPECT_EQ(report.stages[2].items_in, 120U);
}

TEST(pipeline_loop, fails_in_each_of_its_stages) {
  for (const int where : {0, 1, 2, 3}) {
    for (const std::size_t window : {1U, 4096U}) {
      const auto trip = [where](int here, std::uint64_t i) {
        if (here == where && i > 500) throw std::domain_error{"no"};
        return i;
      };
      try {
        (void)(pipeline(std::vector<std::uint64_t>{0, 1, 2}) |
               loop(stage([&](std::uint64_t i) { return trip(0, i); }, {.name = "a"}) |
                    stage([&](std::uint64_t i) { return std::to_string(trip(1, i)); }, {.name = "b"}) |
                    stage(
                        [&](const std::string& s, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
                          const auto i = trip(2, std::stoull(s));
                          emit(i);
                          again(i + 3);  // without end
                        },
                        {.name = "c"})) |
               sink([&](std::uint64_t i) { trip(3, i); }, {.name = "d", .ordered = true}) |
               run_on(world(), {.window_items = window}));
        ADD_FAILURE() << "nothing was thrown";
      } catch (const cohort::pipeline_error& e) {
        EXPECT_EQ(e.stage(), std::string(1, static_cast<char>('a' + where)));
        EXPECT_EQ(e.failure().type, "std::domain_error");
      }
    }
  }
}

// One item becomes many in front of the gate, each of which goes round once.
TEST(pipeline_loop, gives_out_what_came_back_before_what_is_new) {
  constexpr std::int64_t items = 3'000;
  constexpr std::int64_t window = 10;
  struct visit {
    std::int64_t number = 0;
    bool again = false;
  };
  const auto expand = [](std::int64_t n, emitter<visit>& emit) {
    for (std::int64_t i = 0; i != n; ++i) emit({i, false});
  };
  std::int64_t gone_back = 0;  // and not come again: on their way, or waiting at the gate
  std::int64_t most = 0;
  const auto turn = [&](const visit& v, emitter<std::int64_t>& emit, feedback<visit>& again) {
    if (v.again) {
      --gone_back;
      return emit(v.number);
    }
    most = std::max(most, ++gone_back);
    again({v.number, true});
  };
  std::int64_t left = 0;
  const auto report = pipeline(std::vector{items}) | stage(expand, {.replicas = 1}) | stage(turn, {.replicas = 1}) |
                      sink([&](std::int64_t) { ++left; }) | run_on(world(), {.window_items = window});
  EXPECT_EQ(world().allreduce(left, std::plus{}), items);
  // Those that fit between the two, there and back.
  EXPECT_LE(world().allreduce(most, cohort::maximum{}), 3 * window);
}

// It ends by an error if more and more comes back, where a limit says so.
TEST(pipeline_loop, fails_when_too_much_comes_back) {
  for (const bool alone : {false, true}) {
    const auto twice = [](std::uint64_t i, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
      emit(i);
      again(i + 1), again(i + 1);
    };
    const auto run = [&](auto&& stages) {
      return pipeline(std::vector<std::uint64_t>{0}) | loop(std::move(stages)) | sink([](std::uint64_t) {}) |
             run_on(world(), {.feedback_items = 100});
    };
    try {
      const auto report = alone ? run(stage(twice)) : run(stage([](std::uint64_t i) { return i; }) | stage(twice));
      ADD_FAILURE() << "nothing was thrown: " << report.describe();
    } catch (const cohort::pipeline_error& e) {
      EXPECT_EQ(e.stage(), "stage 1 (feedback)");
      EXPECT_NE(std::string{e.what()}.find(".feedback_items, which is 100"), std::string::npos) << e.what();
    }
  }
  // Few enough.
  std::uint64_t sum = 0;
  (void)(pipeline(std::vector<std::uint64_t>{6}) |
         stage([](std::uint64_t i, emitter<std::uint64_t>& emit, feedback<std::uint64_t>& again) {
           emit(1);
           if (i != 0) again(i - 1), again(i - 1);
         }) |
         sink([&](std::uint64_t n) { sum += n; }) | run_on(world(), {.feedback_items = 127}));
  EXPECT_EQ(world().allreduce(sum, cohort::maximum{}), 127U);
}

}  // namespace
