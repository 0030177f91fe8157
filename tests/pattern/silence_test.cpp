#include <cohort/pattern/crew/silence.hpp>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using cohort::crew::silence;
using cohort::crew::survival;
using cohort::dispatch::time_point;

constexpr survival how{.on = true, .beat = 300ms, .dead_after = 2s};
constexpr time_point start = 1000s;

/// Looks again and again until so much later.
time_point look(silence& of, time_point now, cohort::dispatch::duration length) {
  for (const auto end = now + length; now < end;) of.looked(now += 50ms);
  return now;
}

TEST(silence, is_too_long_after_the_time_that_is_allowed) {
  silence s{how, 2s, 3s, 3, start};
  s.heard(1);
  auto now = look(s, start, 1s);
  s.heard(2);
  now = look(s, now, 1s);
  EXPECT_FALSE(s.too_long(1));
  now = look(s, now, 50ms);
  EXPECT_TRUE(s.too_long(1));
  EXPECT_FALSE(s.too_long(2));
  look(s, now, 1s);
  EXPECT_TRUE(s.too_long(2));
}

TEST(silence, may_be_longer_before_the_first_word) {
  silence s{how, 2s, 3s, 2, start};
  const auto now = look(s, start, 5s);
  EXPECT_FALSE(s.too_long(1));
  look(s, now, 50ms);
  EXPECT_TRUE(s.too_long(1));
}

TEST(silence, counts_only_while_somebody_listens) {
  silence s{how, 2s, 3s, 2, start};
  s.heard(1);
  auto now = start + 3600s;
  s.looked(now);
  EXPECT_EQ(s.of(1), how.beat);
  EXPECT_EQ(s.longest_absence(), 3600s);
  for (int i = 0; i != 5; ++i)
    s.looked(now += 10s);  // what he hears between these is not hidden by his own absence
  EXPECT_FALSE(s.too_long(1));
  s.heard(1);
  EXPECT_EQ(s.of(1), 0s);
}

TEST(silence, says_when_to_say_something) {
  silence s{how, 2s, 3s, 2, start};
  s.looked(start);
  EXPECT_TRUE(s.beat_due(1));
  s.told(1);
  const auto now = look(s, start, 250ms);
  EXPECT_FALSE(s.beat_due(1));
  look(s, now, 50ms);
  EXPECT_TRUE(s.beat_due(1));
}

TEST(silence, knows_who_is_lost) {
  silence s{how, 2s, 3s, 3, start};
  s.give_up(2);
  EXPECT_TRUE(s.lost(2));
  EXPECT_FALSE(s.lost(1));
}

}  // namespace
