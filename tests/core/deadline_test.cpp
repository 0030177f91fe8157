// No duration is too long to wait for.

#include <cohort/core/detail/deadline.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <ratio>

namespace {

using namespace std::chrono_literals;
using cohort::detail::deadline_after;
using cohort::detail::deadline_at;
using std::chrono::steady_clock;

constexpr auto near = 1h;

template <class Duration>
void expect_for_ever(Duration time) {
  const auto moment = deadline_after(time);
  const auto left = moment - steady_clock::now();
  EXPECT_GT(left, 24h * 36525 - near);
  EXPECT_LE(left, 24h * 36525);
}

TEST(deadline, what_is_too_long_is_a_hundred_years) {
  expect_for_ever(std::chrono::nanoseconds::max());
  expect_for_ever(std::chrono::milliseconds::max());
  expect_for_ever(std::chrono::seconds::max());
  expect_for_ever(std::chrono::hours::max());
  expect_for_ever(std::chrono::years{300});
  expect_for_ever(std::chrono::duration<double>::max());
  expect_for_ever(std::chrono::duration<double>{std::numeric_limits<double>::infinity()});
  expect_for_ever(std::chrono::duration<float>{1e30F});
}

TEST(deadline, others_are_as_long_as_they_are) {
  const auto before = steady_clock::now();
  for (const auto moment : {deadline_after(90min), deadline_after(std::chrono::duration<double>{5400.0})}) {
    EXPECT_GE(moment, before + 90min);
    EXPECT_LE(moment, steady_clock::now() + 90min);
  }
  EXPECT_EQ(cohort::detail::time_limit{std::chrono::duration<double>{0.25}}.length(), 250ms);
  EXPECT_EQ((cohort::detail::time_limit{std::chrono::duration<int, std::pico>{1}}.length()), 1ns) << "not before";
}

TEST(deadline, the_past_has_come) {
  for (const auto moment : {deadline_after(std::chrono::hours::min()), deadline_after(-1s), deadline_after(0s),
                            deadline_after(std::chrono::duration<double>{-1e300}),
                            deadline_at(std::chrono::system_clock::time_point::min())})
    EXPECT_LE(moment, steady_clock::now());
}

TEST(deadline, moments_of_other_clocks) {
  using std::chrono::system_clock;
  const auto moment = deadline_at(system_clock::now() + 90min);
  const auto left = moment - steady_clock::now();
  EXPECT_GT(left, 90min - near);
  EXPECT_LT(left, 90min + near);
  EXPECT_GT(deadline_at(system_clock::time_point::max()) - steady_clock::now(), 24h * 36525 - near);
  EXPECT_GT(deadline_at(std::chrono::time_point<system_clock, std::chrono::hours>::max()) - steady_clock::now(),
            24h * 36525 - near);
}

}  // namespace
