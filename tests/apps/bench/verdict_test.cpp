// What cohort-bench --check makes of figures, which no run of it can fix.

#include "bench/communication/verdict.hpp"

#include <gtest/gtest.h>

namespace {

using cohort_bench::exit_status;
using cohort_bench::figures;
using cohort_bench::judge;
using cohort_bench::verdict;

figures measured(double ratio, double spread, double bar = 1.02) {
  return {
      .name = "case", .bar = bar, .ratio = ratio, .control_ratio = 1, .control_spread = spread, .tolerance = 0.1};
}

TEST(verdict, missed_is_above_the_bar_by_more_than_the_spread) {
  EXPECT_EQ(judge(measured(1.02, 0.0)), verdict::ok);
  EXPECT_EQ(judge(measured(1.03, 0.0)), verdict::missed);
  EXPECT_EQ(judge(measured(1.06, 0.05)), verdict::ok);
  EXPECT_EQ(judge(measured(1.08, 0.05)), verdict::missed);
  EXPECT_EQ(judge(measured(0.74, 0.05, 0.7)), verdict::ok);
  EXPECT_EQ(judge(measured(0.76, 0.05, 0.7)), verdict::missed);
}

TEST(verdict, a_wide_spread_judges_only_what_is_far_from_the_bar) {
  EXPECT_EQ(judge(measured(1.02, 0.11)), verdict::too_noisy);
  EXPECT_EQ(judge(measured(1.10, 0.11)), verdict::too_noisy);
  EXPECT_EQ(judge(measured(0.95, 0.11)), verdict::too_noisy);
  EXPECT_EQ(judge(measured(0.90, 0.11)), verdict::ok);
  EXPECT_EQ(judge(measured(1.60, 0.50)), verdict::missed);
  EXPECT_EQ(judge(measured(1.50, 0.50)), verdict::too_noisy);
  EXPECT_EQ(judge(measured(1.02, 0.10)), verdict::ok);
}

TEST(verdict, exit_status) {
  const auto ok = measured(1, 0.01);
  const auto missed = measured(2, 0.01);
  const auto noisy = measured(1, 0.5);
  EXPECT_EQ(exit_status({}), 0);
  EXPECT_EQ(exit_status({ok, ok}), 0);
  EXPECT_EQ(exit_status({ok, noisy}), 3);
  EXPECT_EQ(exit_status({noisy, missed}), 1);
  EXPECT_EQ(exit_status({missed, noisy}), 1);
}

TEST(verdict, text) {
  EXPECT_STREQ(text(verdict::ok), "ok");
  EXPECT_STREQ(text(verdict::missed), "MISSED");
  EXPECT_STREQ(text(verdict::too_noisy), "too noisy to judge");
}

}  // namespace
