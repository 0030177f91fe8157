#include "fibonacci/fast_doubling.hpp"

#include <gtest/gtest.h>

#include <random>

namespace {

fibonacci::integer by_gmp(unsigned long n) {
  fibonacci::integer value;
  mpz_fib_ui(value.backend().data(), n);
  return value;
}

TEST(fast_doubling, first_terms_by_the_definition) {
  fibonacci::integer before = 0;
  fibonacci::integer here = 1;
  for (std::uint64_t n = 0; n <= 300; ++n) {
    EXPECT_EQ(fibonacci::term(n), before) << "n = " << n;
    EXPECT_EQ(fibonacci::term(n), by_gmp(n)) << "n = " << n;
    const fibonacci::integer next = before + here;
    before = here;
    here = next;
  }
}

TEST(fast_doubling, random_terms_as_gmp_has_them) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  RecordProperty("seed", std::to_string(seed));
  std::printf("seed %u\n", seed);
  std::mt19937_64 random{seed};
  std::uniform_int_distribution<int> bits{1, 18};
  for (int i = 0; i != 1000; ++i) {  // every length of n alike, not only the longest
    const auto n = random() >> (64 - bits(random));
    ASSERT_EQ(fibonacci::term(n), by_gmp(n)) << "n = " << n;
  }
}

TEST(fast_doubling, around_powers_of_two) {
  for (int bit = 1; bit <= 20; ++bit) {
    for (const int offset : {-1, 0, 1}) {
      const auto n = (std::uint64_t{1} << bit) + static_cast<std::uint64_t>(static_cast<std::int64_t>(offset));
      ASSERT_EQ(fibonacci::term(n), by_gmp(n)) << "n = " << n;
    }
  }
}

TEST(fast_doubling, the_millionth) {
  const auto value = fibonacci::term(1'000'000);
  EXPECT_EQ(value, by_gmp(1'000'000));
  EXPECT_EQ(value.str().size(), 208'988U);
}

}  // namespace
