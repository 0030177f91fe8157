#include <cohort/core/error.hpp>
#include <cohort/pattern/detail/range_pool.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace {

using cohort::detail::claimed;
using cohort::detail::range_pool;
using cohort::detail::unit_range;

std::uint64_t three(std::uint64_t) {
  return 3;
}

TEST(range_pool, cuts_what_was_published) {
  std::vector<range_pool::slot> slots(2);
  range_pool pool{slots};
  EXPECT_FALSE(pool.take(three));
  EXPECT_TRUE(pool.publish({10, 17}));
  std::vector<std::uint64_t> begins;
  std::vector<bool> middles;
  while (const auto cut = pool.take(three)) {
    begins.push_back(cut->what.begin);
    middles.push_back(cut->middle);
    EXPECT_EQ(cut->what.end, std::min<std::uint64_t>(cut->what.begin + 3, 17));
  }
  EXPECT_EQ(begins, (std::vector<std::uint64_t>{10, 13, 16}));
  EXPECT_EQ(middles, (std::vector<bool>{false, true, false}));
}

TEST(range_pool, holds_a_range_per_slot) {
  std::vector<range_pool::slot> slots(2);
  range_pool pool{slots};
  EXPECT_TRUE(pool.publish({0, 1}));
  EXPECT_TRUE(pool.publish({5, 6}));
  EXPECT_FALSE(pool.publish({7, 8}));
  EXPECT_TRUE(pool.take(three));
  EXPECT_TRUE(pool.publish({7, 8}));
  pool.clear();
  EXPECT_FALSE(pool.take(three));
}

TEST(range_pool, takes_the_first_range_first) {
  std::vector<range_pool::slot> slots(3);
  range_pool pool{slots};
  EXPECT_TRUE(pool.publish({10, 14}));
  EXPECT_TRUE(pool.publish({0, 4}));
  EXPECT_TRUE(pool.publish({5, 6}));
  std::vector<std::uint64_t> begins;
  while (const auto cut = pool.take(three)) begins.push_back(cut->what.begin);
  EXPECT_EQ(begins, (std::vector<std::uint64_t>{0, 3, 5, 10, 13}));
}

TEST(range_pool, cuts_nothing_where_nothing_is_wanted) {
  std::vector<range_pool::slot> slots(1);
  range_pool pool{slots};
  EXPECT_TRUE(pool.publish({0, 4}));
  EXPECT_FALSE(pool.take([](std::uint64_t) { return std::uint64_t{0}; }));
  EXPECT_TRUE(pool.take(three));
}

TEST(range_pool, a_range_of_one_passes_its_middle) {
  for (std::uint64_t length = 1; length != 9; ++length) {
    for (std::uint64_t step = 1; step != 9; ++step) {
      std::vector<range_pool::slot> slots(1);
      range_pool pool{slots};
      ASSERT_TRUE(pool.publish({0, length}));
      int middles = 0;
      while (const auto cut = pool.take([&](std::uint64_t) { return step; })) middles += cut->middle ? 1 : 0;
      EXPECT_EQ(middles, 1) << length << " in steps of " << step;
    }
  }
}

TEST(range_pool, gives_each_unit_once_to_threads_that_publish_and_take) {
  constexpr std::uint64_t ranges = 20000;
  constexpr std::uint64_t length = 7;
  std::vector<range_pool::slot> slots(4);
  std::vector<std::atomic<int>> taken(ranges * length);
  std::atomic<std::uint64_t> next = 0;
  std::atomic<std::uint64_t> left = ranges * length;
  const auto work = [&] {
    range_pool pool{slots};
    unit_range mine;
    while (left != 0) {
      if (mine.empty()) {
        if (const auto number = next++; number < ranges) mine = {number * length, (number + 1) * length};
      }
      if (!mine.empty() && pool.publish(mine)) mine = {};
      if (const auto cut = pool.take([](std::uint64_t at) { return 1 + at % 3; })) {
        for (auto i = cut->what.begin; i != cut->what.end; ++i) ++taken[i];
        left -= cut->what.size();
      } else {
        std::this_thread::yield();
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i != 3; ++i) threads.emplace_back(work);
  for (auto& each : threads) each.join();
  EXPECT_TRUE(std::ranges::all_of(taken, [](const auto& times) { return times == 1; }));
}

}  // namespace
