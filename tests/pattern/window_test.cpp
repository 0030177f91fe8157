#include <cohort/pattern/detail/window.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

TEST(window, numbers_go_on_and_memory_is_given_back) {
  cohort::detail::window<std::string> w;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(w.emplace_back(std::to_string(i)), static_cast<std::uint64_t>(i));
  w.erase(1);
  w.erase(2);
  EXPECT_EQ(w.size(), 3U);
  EXPECT_EQ(w[3], "3");
  w.erase(0);
  EXPECT_EQ(w.size(), 2U);
  EXPECT_EQ(w.emplace_back("5"), 5U);
  EXPECT_EQ(w[4], "4");
  EXPECT_EQ(w[5], "5");
  for (const std::uint64_t i : {5U, 3U, 4U}) w.erase(i);
  EXPECT_EQ(w.size(), 0U);
  EXPECT_EQ(w.next(), 6U);
}

TEST(window, one_that_stays_long_holds_up_little_memory) {
  cohort::detail::window<std::string> w;
  for (std::uint64_t i = 0; i != 10000; ++i) {
    EXPECT_EQ(w.emplace_back(std::to_string(i)), i);
    if (i != 0 && i != 5000) w.erase(i);
  }
  EXPECT_EQ(w.size(), 2U);
  EXPECT_LE(w.capacity(), 3U * 64U);
  EXPECT_EQ(w[0], "0");
  EXPECT_EQ(w[5000], "5000");
  w.erase(0);
  EXPECT_EQ(w[5000], "5000");
  EXPECT_EQ(w.emplace_back("last"), 10000U);
  w.erase(5000);
  EXPECT_EQ(w[10000], "last");
  EXPECT_LE(w.capacity(), 64U);
}

}  // namespace
