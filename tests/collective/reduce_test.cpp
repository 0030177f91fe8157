#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/reduce.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;

/// The shares of all ranks combined in the order of ranks.
template <class T, class Op>
buffer<T> folded(std::size_t n, Op op) {
  auto result = share<T>(0, n);
  for (int r = 1; r < world().size(); ++r) {
    const auto next = share<T>(r, n);
    for (std::size_t i = 0; i != n; ++i) result[i] = static_cast<T>(op(result[i], next[i]));
  }
  return result;
}

/// Every form of reduction against the fold in the order of ranks.
template <class T, class Op>
void check(Op op) {
  for (const auto n : lengths) {
    const auto expected = folded<T>(n, op);
    const auto mine = share<T>(world().rank(), n);
    EXPECT_EQ(world().allreduce(mine, op), expected) << n;
    buffer<T> into(n);
    world().allreduce_into(mine, into, op);
    EXPECT_EQ(into, expected) << n;
    auto in_place = mine;
    world().allreduce_in_place(in_place, op);
    EXPECT_EQ(in_place, expected) << n;
    for_each_root([&](int root) {
      const bool here = world().rank() == root;
      EXPECT_EQ(world().reduce(mine, op, {.root = root}), here ? expected : buffer<T>{}) << n;
      buffer<T> rooted(here ? n : 0);
      world().reduce_into(mine, rooted, op, {.root = root});
      EXPECT_EQ(rooted, here ? expected : buffer<T>{}) << n;
    });
  }
  const auto value = share<T>(world().rank(), 1)[0];
  const auto expected = folded<T>(1, op)[0];
  EXPECT_EQ(world().allreduce(value, op), expected);
  for_each_root([&](int root) {
    const auto got = world().reduce(value, op, {.root = root});
    static_assert(std::is_same_v<decltype(got), const std::optional<T>>);
    EXPECT_EQ(got, world().rank() == root ? std::optional<T>{expected} : std::nullopt);
  });
}

/// The library must have chosen MPI's own operation, or one of ours.
template <class Op, class T>
constexpr bool builtin = cohort::detail::reduction<Op, T>::has_builtin();

template <class T>
class arithmetic : public testing::Test {};
using numbers =
    testing::Types<char, signed char, unsigned char, wchar_t, char16_t, short, unsigned short, int, unsigned, long,
                   unsigned long, long long, unsigned long long, float, double, long double>;
TYPED_TEST_SUITE(arithmetic, numbers);

TYPED_TEST(arithmetic, by_mpis_own_operations) {
  using T = TypeParam;
  static_assert(builtin<std::plus<>, T> && builtin<std::plus<T>, T> && builtin<std::multiplies<>, T>);
  static_assert(builtin<cohort::minimum, T> && builtin<cohort::maximum, T>);
  const auto mine = share<T>(world().rank(), 9);
  EXPECT_EQ(world().allreduce(mine, std::plus{}), folded<T>(9, std::plus{}));
  EXPECT_EQ(world().allreduce(mine, std::plus<T>{}), folded<T>(9, std::plus{}));
  EXPECT_EQ(world().allreduce(mine, cohort::minimum{}), folded<T>(9, cohort::minimum{}));
  EXPECT_EQ(world().allreduce(mine, cohort::maximum{}), folded<T>(9, cohort::maximum{}));
  EXPECT_EQ(world().allreduce(mine, std::ranges::min), folded<T>(9, cohort::minimum{}));
  EXPECT_EQ(world().allreduce(mine, std::ranges::max), folded<T>(9, cohort::maximum{}));
  if constexpr (std::is_unsigned_v<T>) {
    EXPECT_EQ(world().allreduce(mine, std::multiplies{}), folded<T>(9, std::multiplies{}));
  }
}

TYPED_TEST(arithmetic, extremes_of_the_whole_range) {
  using T = TypeParam;
  constexpr auto low = std::numeric_limits<T>::lowest();
  constexpr auto high = std::numeric_limits<T>::max();
  const bool first = world().rank() == 0;
  EXPECT_EQ(world().allreduce(first ? high : low, cohort::maximum{}), high);
  EXPECT_EQ(world().allreduce(first ? low : high, cohort::minimum{}), low);
  EXPECT_EQ(world().allreduce(std::vector<T>(40, first ? high : low), cohort::maximum{}), std::vector<T>(40, high));
}

TYPED_TEST(arithmetic, by_an_operation_of_ours) {
  using T = TypeParam;
  const auto first_unless_less = [](T a, T b) { return a < b ? b : a; };
  static_assert(!builtin<decltype(first_unless_less), T>);
  const auto mine = share<T>(world().rank(), 300);
  EXPECT_EQ(world().allreduce(mine, first_unless_less), folded<T>(300, first_unless_less));
}

TEST(reduce, every_form_of_sums) {
  check<int>(std::plus{});
  check<double>(std::plus{});
  check<std::complex<double>>(std::plus{});
}

TEST(reduce, complex_numbers) {
  check<std::complex<double>>(std::multiplies{});
  check<std::complex<float>>(std::plus{});
  EXPECT_EQ(world().allreduce(std::complex<long double>{1, 2}, std::plus{}).imag(), 2.0L * world().size());
}

TEST(reduce, bits_and_logic) {
  static_assert(builtin<std::bit_and<>, unsigned> && builtin<std::logical_or<>, bool>);
  check<unsigned>(std::bit_and{});
  check<unsigned char>(std::bit_or{});
  check<long long>(std::bit_xor{});
  check<bool>(std::logical_and{});
  check<bool>(std::logical_or{});
  const bool odd = world().rank() % 2 == 1;
  EXPECT_EQ(world().allreduce(odd, std::logical_or{}), world().size() > 1);
  EXPECT_FALSE(world().allreduce(odd, std::logical_and{}));
  EXPECT_EQ(world().allreduce(odd, [](bool a, bool b) { return a != b; }), world().size() / 2 % 2 == 1);
}

TEST(reduce, enums_have_no_builtin) {
  static_assert(!builtin<cohort::maximum, color>);
  check<color>(cohort::maximum{});
}

struct extent {
  double low = 0;
  double high = 0;
  char tag[3] = {};
};

TEST(reduce, plain_classes) {
  const double here = world().rank();
  const auto joined = world().allreduce(extent{-here, here, "ab"}, [](const extent& a, const extent& b) {
    return extent{std::min(a.low, b.low), std::max(a.high, b.high), "ab"};
  });
  EXPECT_EQ(joined.low, -(world().size() - 1.0));
  EXPECT_EQ(joined.high, world().size() - 1.0);
  EXPECT_EQ(joined.tag[1], 'b');
}

/// 2x2 matrices: the product depends on the order of ranks, modulo a prime so that it stays exact.
using matrix = std::array<long long, 4>;
matrix multiply(const matrix& a, const matrix& b) {
  constexpr long long prime = 1000003;
  return {(a[0] * b[0] + a[1] * b[2]) % prime, (a[0] * b[1] + a[1] * b[3]) % prime,
          (a[2] * b[0] + a[3] * b[2]) % prime, (a[2] * b[1] + a[3] * b[3]) % prime};
}

TEST(reduce, keeps_the_order_of_ranks) {
  check<matrix>([](const matrix& a, const matrix& b) { return multiply(a, b); });
}

/// x -> scale * x + shift, composed: does not commute either, and is a class with padding.
struct affine {
  char name = 'f';
  unsigned scale = 1;
  unsigned long shift = 0;
  friend bool operator==(const affine&, const affine&) = default;
};
void fill(std::mt19937_64& from, affine& out) {
  out = {'f', static_cast<unsigned>(from() % 200), from() % 1000};
}

TEST(reduce, keeps_the_order_of_ranks_for_classes) {
  check<affine>([](const affine& f, const affine& g) {
    const auto modulo = [](unsigned long x) { return x % 1000003; };
    return affine{'f', static_cast<unsigned>(modulo(static_cast<unsigned long>(f.scale) * g.scale)),
                  modulo(g.scale * f.shift + g.shift)};
  });
}

TEST(reduce, many_elements_of_a_large_class) {
  // MPI cuts long reductions into pieces; never inside an element.
  using block = std::array<int, 500>;
  const auto mine = share<block>(world().rank(), 300);
  const auto sum = [](const block& a, const block& b) {
    block c{};
    for (std::size_t i = 0; i != c.size(); ++i) c[i] = a[i] + b[i];
    return c;
  };
  EXPECT_EQ(world().allreduce(mine, sum), folded<block>(300, sum));
}

TEST(reduce, results_narrower_than_the_operations) {
  const auto add = [](short a, short b) { return a + b; };  // an int, as arithmetic on short is
  EXPECT_EQ(world().allreduce(short{2}, add), 2 * world().size());
}

TEST(reduce, vectors_and_spans) {
  const std::vector<int> mine{1, world().rank()};
  EXPECT_EQ(world().allreduce(std::span{mine}, std::plus{}),
            (std::vector{world().size(), world().size() * (world().size() - 1) / 2}));
  int values[2] = {1, 2};
  world().allreduce_in_place(values, std::plus{});
  EXPECT_EQ(values[1], 2 * world().size());
  int one = 3;
  world().allreduce_in_place(one, std::plus{});
  EXPECT_EQ(one, 3 * world().size());
}

}  // namespace
