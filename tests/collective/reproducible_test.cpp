// Reproducible reductions against the same tree walked on one rank, bit by bit.

#include <cohort/collective/reproducible.hpp>

#include "cases.hpp"
#include "support/pmpi_counter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;

/// The tree as it is defined.
template <class T, class Op>
T walk(const T* first, std::size_t n, Op op) {
  if (n == 1) return *first;
  const std::size_t half = std::bit_ceil(n) / 2;
  return op(walk(first, half, op), walk(first + half, n - half, op));
}

/// Doubles from 1e-20 to 1e20, of both signs: nearly every other order of additions gives another sum.
std::vector<double> wild(std::mt19937_64& from, std::size_t n) {
  std::uniform_real_distribution<double> digits{-1, 1};
  std::uniform_int_distribution<int> exponents{-20, 20};
  std::vector<double> values(n);
  for (auto& x : values) x = digits(from) * std::pow(10.0, exponents(from));
  return values;
}

/// Cuts `whole` at random places, the same on every rank, and gives this rank its part.
template <class T>
std::vector<T> part_of(const std::vector<T>& whole, std::mt19937_64& from) {
  std::vector<std::size_t> cuts{0, whole.size()};
  for (std::size_t r = 1; r < ranks(); ++r) cuts.push_back(from() % (whole.size() + 1));
  std::sort(cuts.begin(), cuts.end());
  const auto self = static_cast<std::ptrdiff_t>(world().rank());
  return {whole.begin() + static_cast<std::ptrdiff_t>(cuts[static_cast<std::size_t>(self)]),
          whole.begin() + static_cast<std::ptrdiff_t>(cuts[static_cast<std::size_t>(self) + 1])};
}

constexpr std::size_t sizes[] = {1, 2, 3, 7, 8, 9, 64, 100, 1023, 1024, 1025, 5000};

TEST(reproducible, sums_are_the_same_bits_however_they_are_distributed) {
  auto from = engine(1);
  for (const auto n : sizes) {
    const auto whole = wild(from, n);
    const auto expected = std::bit_cast<std::uint64_t>(walk(whole.data(), n, std::plus{}));
    for (int split = 0; split != 5; ++split) {
      const auto mine = part_of(whole, from);
      const auto got = world().reproducible_allreduce(mine, std::plus{});
      static_assert(std::is_same_v<decltype(got), const std::optional<double>>);
      EXPECT_EQ(std::bit_cast<std::uint64_t>(got.value_or(0)), expected) << n;
      for_each_root([&](int root) {
        const auto rooted = world().reproducible_reduce(mine, std::plus{}, {.root = root});
        EXPECT_EQ(rooted.has_value(), world().rank() == root);
        EXPECT_EQ(std::bit_cast<std::uint64_t>(rooted.value_or(whole[0])),
                  rooted ? expected : std::bit_cast<std::uint64_t>(whole[0]));
      });
    }
  }
}

TEST(reproducible, sums_are_the_same_bits_for_every_number_of_ranks) {
  // A fixed sequence, so that the runs of this test on 1, 2, 3, 4 and 7 ranks all meet the same constant.
  constexpr std::uint64_t constant = 4847657056821161520U;
  std::mt19937_64 from{20221};
  std::vector<double> whole(3000);
  for (auto& x : whole) {
    const auto bits = from();
    x = std::ldexp(static_cast<double>(bits % 1000003), static_cast<int>(bits >> 58) - 32);
    if ((bits >> 40) % 2 == 1) x = -x;
  }
  const auto got = world().reproducible_allreduce(part_of(whole, from), std::plus{});
  EXPECT_EQ(std::bit_cast<std::uint64_t>(got.value_or(0)), constant);
  double in_order = 0;
  for (const double x : whole) in_order += x;
  EXPECT_NE(std::bit_cast<std::uint64_t>(in_order), constant) << "the sequence is too tame to test anything";
}

TEST(reproducible, of_operations_that_are_not_associative) {
  auto from = engine(2);
  std::vector<std::uint64_t> whole(777);
  for (auto& x : whole) x = from();
  const std::uint64_t key = from() | 1;
  const auto mix = [key](std::uint64_t a, std::uint64_t b) { return std::rotl(a * key, 17) ^ (b + 3 * a); };
  for (int split = 0; split != 10; ++split) {
    EXPECT_EQ(world().reproducible_allreduce(part_of(whole, from), mix), walk(whole.data(), whole.size(), mix));
  }
}

TEST(reproducible, of_plain_classes) {
  struct sums {
    char name = 's';
    double of = 0;
    double of_squares = 0;
  };
  auto from = engine(3);
  std::vector<sums> whole;
  for (const double x : wild(from, 300)) whole.push_back({'s', x, x * x});
  const auto add = [](const sums& a, const sums& b) { return sums{'s', a.of + b.of, a.of_squares + b.of_squares}; };
  const auto expected = walk(whole.data(), whole.size(), add);
  const auto got = world().reproducible_allreduce(part_of(whole, from), add).value_or(sums{});
  EXPECT_EQ(std::bit_cast<std::uint64_t>(got.of), std::bit_cast<std::uint64_t>(expected.of));
  EXPECT_EQ(std::bit_cast<std::uint64_t>(got.of_squares), std::bit_cast<std::uint64_t>(expected.of_squares));
}

TEST(reproducible, of_nothing_is_nothing) {
  EXPECT_EQ(world().reproducible_allreduce(std::vector<double>{}, std::plus{}), std::nullopt);
  EXPECT_EQ(world().reproducible_reduce(std::vector<double>{}, std::plus{}), std::nullopt);
  // One rank has it all.
  const bool last = world().rank() == world().size() - 1;
  EXPECT_EQ(world().reproducible_allreduce(std::vector<int>(last ? 5 : 0, 3), std::plus{}), 15);
}

TEST(reproducible, costs_two_calls) {
  const std::vector<double> mine(1000, 0.1);
  call_counter all;
  (void)world().reproducible_allreduce(mine, std::plus{});
  EXPECT_EQ(all.text(), "MPI_Allgather 1, MPI_Allgatherv 1");
  const call_counter rooted;
  (void)world().reproducible_reduce(mine, std::plus{});
  EXPECT_EQ(rooted.text(), "MPI_Allgather 1, MPI_Gatherv 1");
}

TEST(reduction_tree, nodes_are_few_and_cover_the_part) {
  for (std::uint64_t begin = 0; begin != 70; ++begin) {
    for (std::uint64_t end = begin; end != 140; ++end) {
      std::uint64_t at = begin;
      const auto nodes = cohort::detail::nodes_of(begin, end);
      for (const auto& node : nodes) {
        EXPECT_EQ(node.index << node.level, at);
        at += std::uint64_t{1} << node.level;
      }
      EXPECT_EQ(at, end);
      EXPECT_LE(nodes.size(), 14U);
    }
  }
  EXPECT_LE(cohort::detail::nodes_of(1, ~std::uint64_t{0}).size(), 128U);
}

}  // namespace
