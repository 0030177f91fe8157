#include <cohort/pattern/detail/window.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

TEST(window, numbers_go_on_and_memory_is_given_back) {
  cohort::detail::window<std::string> w;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(w.emplace_back(std::to_string(i)), static_cast<std::uint64_t>(i));
  w.erase(1);
  w.erase(2);
  EXPECT_EQ(w.span(), 5U);  // 0 is still there
  EXPECT_EQ(w[3], "3");
  w.erase(0);
  EXPECT_EQ(w.span(), 2U);
  EXPECT_EQ(w.emplace_back("5"), 5U);
  EXPECT_EQ(w[4], "4");
  EXPECT_EQ(w[5], "5");
  for (const std::uint64_t i : {5U, 3U, 4U}) w.erase(i);
  EXPECT_EQ(w.span(), 0U);
  EXPECT_EQ(w.next(), 6U);
}

}  // namespace
