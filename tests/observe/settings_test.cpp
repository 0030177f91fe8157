#include <cohort/core/error.hpp>
#include <cohort/observe/settings.hpp>

#include <gtest/gtest.h>

namespace {

using cohort::observe::read_settings;

TEST(Settings, LengthsOfTime) {
  EXPECT_EQ(read_settings("30").milliseconds, 30'000);
  EXPECT_EQ(read_settings("30s").milliseconds, 30'000);
  EXPECT_EQ(read_settings("500ms").milliseconds, 500);
  EXPECT_EQ(read_settings("1.5min").milliseconds, 90'000);
  EXPECT_EQ(read_settings("2h").milliseconds, 7'200'000);
  EXPECT_EQ(read_settings("0.01ms").milliseconds, 1);
  EXPECT_EQ(read_settings("0").milliseconds, 0);
  EXPECT_EQ(read_settings("off").milliseconds, 0);
}

TEST(Settings, Abort) {
  EXPECT_FALSE(read_settings("30").abort);
  EXPECT_TRUE(read_settings("30s,abort").abort);
  EXPECT_FALSE(read_settings("0,abort").abort);
}

TEST(Settings, RefusesWhatIsNone) {
  for (const auto* const text :
       {"", "soon", "s", "30x", "30s,", "30s,stop", "-3", "30 s", "nan", "inf", "1e300", "30,abort,x"})
    EXPECT_THROW((void)read_settings(text), cohort::argument_error) << text;
}

}  // namespace
