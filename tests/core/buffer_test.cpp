#include <cohort/core/buffer.hpp>

#include "support/allocation_counter.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>
#include <vector>

namespace {

using cohort::buffer;

static_assert(std::ranges::contiguous_range<buffer<int>>);
static_assert(std::is_nothrow_move_constructible_v<buffer<int>>);
static_assert(std::is_same_v<decltype(std::declval<buffer<bool>&>().data()), bool*>);

TEST(buffer, empty_takes_no_memory) {
  const cohort::test::allocation_counter allocations;
  const buffer<int> none;
  const buffer<int> zero(0);
  EXPECT_EQ(allocations.count(), 0);
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none, zero);
}

TEST(buffer, one_allocation_whatever_the_size) {
  const cohort::test::allocation_counter allocations;
  const buffer<double> b(1000);
  [[maybe_unused]] const double* volatile seen = b.data();  // else the compiler may leave the allocation out
  EXPECT_EQ(allocations.count(), 1);
  EXPECT_EQ(b.size(), 1000U);
}

TEST(buffer, fills_copies_and_compares) {
  const buffer<int> a{1, 2, 3};
  buffer<int> b(a);
  EXPECT_EQ(a, b);
  b[1] = 7;
  EXPECT_NE(a, b);
  EXPECT_EQ(b, (std::vector{1, 7, 3}));
  EXPECT_EQ(b.front(), 1);
  EXPECT_EQ(b.back(), 3);
  b = a;
  EXPECT_EQ(a, b);
  b = *&b;
  EXPECT_EQ(a, b);
  EXPECT_EQ(buffer<int>(3, 9), (std::vector{9, 9, 9}));
  EXPECT_FALSE((buffer<int>{1, 2}) == (buffer<int>{1, 2, 3}));
}

TEST(buffer, moves_without_moving_elements) {
  buffer<int> a{1, 2, 3};
  const int* where = a.data();
  buffer<int> b{std::move(a)};
  EXPECT_EQ(b.data(), where);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): defined to be empty
  EXPECT_EQ(a.data(), nullptr);
  a = std::move(b);
  EXPECT_EQ(a.data(), where);
  EXPECT_EQ(a.size(), 3U);
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move): defined to be empty
}

TEST(buffer, truncates_and_never_grows) {
  buffer<int> a{1, 2, 3};
  a.truncate(2);
  EXPECT_EQ(a, (std::vector{1, 2}));
  a.truncate(5);
  EXPECT_EQ(a.size(), 2U);
}

TEST(buffer, turns_into_a_vector) {
  const buffer<int> a{4, 5};
  const std::vector<int> v = a;
  EXPECT_EQ(v, a.to_vector());
  EXPECT_EQ(v, (std::vector{4, 5}));
  EXPECT_TRUE(buffer<int>{}.to_vector().empty());
}

}  // namespace
