#include "fibonacci/decimal.hpp"

#include "fibonacci/term.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

namespace mp = boost::multiprecision;
using fibonacci::ends_of;
using fibonacci::integer;

void expect_as_written_out(const integer& value, std::size_t count) {
  const auto got = ends_of(value, count);
  const auto want = ends_of(value.str(), count);
  EXPECT_EQ(got.digits, want.digits);
  EXPECT_EQ(got.first, want.first);
  EXPECT_EQ(got.last, want.last);
}

TEST(decimal, short_numbers) {
  for (const char* text : {"0", "1", "9", "10", "99", "1234567890", "12345678901"}) {
    expect_as_written_out(integer{text}, 10);
  }
  EXPECT_EQ(ends_of(integer{0}, 10).digits, 1U);
  EXPECT_EQ(ends_of(integer{1234}, 10).first, "1234");
  EXPECT_EQ(ends_of(integer{1234}, 2).last, "34");
}

TEST(decimal, terms_of_any_length) {
  for (std::uint64_t n = 0; n <= 5000; ++n) {
    SCOPED_TRACE(n);
    expect_as_written_out(fibonacci::term(n), 10);
  }
  for (const std::uint64_t n : {10'000U, 99'999U, 300'000U, 1'000'000U}) {
    SCOPED_TRACE(n);
    for (const std::size_t count : {1U, 5U, 10U, 17U, 18U}) expect_as_written_out(fibonacci::term(n), count);
  }
}

// Where the number of digits changes, and where only the last digit decides
// what the first ones are.
TEST(decimal, around_powers_of_ten) {
  for (const unsigned power : {150U, 155U, 200U, 1000U, 5000U, 20'000U}) {
    const integer ten = mp::pow(integer{10}, power);
    for (const int offset : {-2, -1, 0, 1, 2}) {
      SCOPED_TRACE(testing::Message() << "10^" << power << " + " << offset);
      expect_as_written_out(ten + offset, 10);
      expect_as_written_out(ten * 1234567891 + offset, 10);
      expect_as_written_out(ten * 9999999999 + offset, 10);
    }
  }
}

TEST(decimal, random_numbers) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::printf("seed %u\n", seed);
  std::mt19937_64 random{seed};
  for (int i = 0; i != 500; ++i) {
    integer value = random();
    const auto words = random() % 60;
    for (std::uint64_t w = 0; w != words; ++w) value = (value << 64) + random();
    expect_as_written_out(value, 1 + random() % 18);
  }
}

TEST(summary, shows_short_values_whole_and_the_ends_of_long_ones) {
  EXPECT_EQ(fibonacci::evaluate(0, false).about.shown(), "0");
  EXPECT_EQ(fibonacci::evaluate(100, false).about.shown(), "354224848179261915075");
  EXPECT_EQ(fibonacci::evaluate(103, false).about.shown(), "1500520536…6896083277");
  EXPECT_EQ(fibonacci::evaluate(1'000'000, false).about.shown(), "1953282128…8242546875");
}

TEST(summary, is_the_same_with_and_without_the_value) {
  for (const std::uint64_t n : {0U, 1U, 90U, 100U, 101U, 102U, 103U, 1000U, 50'000U}) {
    const auto with = fibonacci::evaluate(n, true);
    const auto without = fibonacci::evaluate(n, false);
    EXPECT_EQ(with.about, without.about) << n;
    EXPECT_EQ(with.value, fibonacci::term(n).str()) << n;
    EXPECT_EQ(with.about.digits, with.value.size()) << n;
    EXPECT_TRUE(without.value.empty()) << n;
  }
}

TEST(summary, expected_digits_are_those_of_the_value) {
  for (std::uint64_t n = 0; n <= 3000; ++n) {
    EXPECT_EQ(fibonacci::expected_digits(n), fibonacci::evaluate(n, false).about.digits) << n;
  }
}

}  // namespace
