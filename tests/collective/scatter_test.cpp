#include <cohort/collective/gatherv.hpp>
#include <cohort/collective/scatter.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <deque>
#include <list>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;

/// Rank r's block of n elements, said in another way than the library says it.
template <class Container>
auto block(const Container& whole, int rank) {
  const auto begin_of = [&](std::size_t r) {
    std::size_t at = 0;
    for (std::size_t i = 0; i != r; ++i) at += whole.size() / ranks() + (i < whole.size() % ranks() ? 1 : 0);
    return static_cast<std::ptrdiff_t>(at);
  };
  const auto r = static_cast<std::size_t>(rank);
  return std::vector<typename Container::value_type>(std::next(whole.begin(), begin_of(r)),
                                                     std::next(whole.begin(), begin_of(r + 1)));
}

template <class T>
class scatter : public testing::Test {};
using elements = testing::Types<char, bool, int, double, std::complex<float>, particle, std::array<int, 3>>;
TYPED_TEST_SUITE(scatter, elements);

TYPED_TEST(scatter, deals_out_blocks_of_any_length) {
  for_each_root([](int root) {
    for (const auto n : lengths) {
      const auto whole = share<TypeParam>(root, n);
      const auto given = world().rank() == root ? whole : buffer<TypeParam>{};
      const auto mine = world().scatter(given, {.root = root});
      const auto expected = block(whole, world().rank());
      EXPECT_TRUE(std::equal(mine.begin(), mine.end(), expected.begin(), expected.end())) << n;
    }
  });
}

TYPED_TEST(scatter, into_equal_blocks_is_that_of_mpi) {
  using type = cohort::datatype<TypeParam>;
  for_each_root([](int root) {
    for (const auto n : lengths) {
      const auto whole = world().rank() == root ? share<TypeParam>(root, n * ranks()) : buffer<TypeParam>{};
      buffer<TypeParam> expected(n);
      MPI_Scatter(whole.data(), count_of<TypeParam>(n), type::type(), expected.data(), count_of<TypeParam>(n),
                  type::type(), root, world());
      buffer<TypeParam> part(n);
      world().scatter_into(whole, part, {.root = root});
      EXPECT_EQ(part, expected) << n;
    }
    TypeParam one{};
    const auto whole = share<TypeParam>(root, ranks());
    world().scatter_into(whole, std::span{&one, 1}, {.root = root});
    EXPECT_EQ(one, whole[static_cast<std::size_t>(world().rank())]);
  });
}

TEST(scatter_objects, of_containers_that_are_not_contiguous_or_plain) {
  for_each_root([](int root) {
    for (const std::size_t n : {0U, 1U, 5U, 64U, 700U}) {
      const auto whole = random_vector<std::string>(n, 3);
      const bool here = world().rank() == root;
      const auto expected = block(whole, world().rank());
      EXPECT_EQ(world().scatter(here ? whole : std::vector<std::string>{}, {.root = root}), expected) << n;
      const std::list<std::string> list(whole.begin(), whole.end());
      EXPECT_EQ(world().scatter(here ? list : std::list<std::string>{}, {.root = root}), expected) << n;
      const auto numbers = random_vector<int>(n, 5);
      const std::deque<int> deque(numbers.begin(), numbers.end());
      EXPECT_EQ(world().scatter(here ? deque : std::deque<int>{}, {.root = root}), block(numbers, world().rank()));
      const std::set<int> set(numbers.begin(), numbers.end());
      EXPECT_EQ(world().scatter(here ? set : std::set<int>{}, {.root = root}), block(set, world().rank()));
      std::vector<bool> bits(n);
      for (std::size_t i = 0; i != n; ++i) bits[i] = numbers[i] % 2 == 0;
      EXPECT_EQ(world().scatter(here ? bits : std::vector<bool>{}, {.root = root}), block(bits, world().rank()));
    }
  });
}

TEST(scatter_then_gather, gives_the_whole_back) {
  for (const std::size_t n : {0U, 1U, 3U, 1000U, 12345U}) {
    const auto whole = random_vector<double>(n, 8);
    const auto back = world().gatherv(world().scatter(whole));
    if (world().rank() == 0) {
      EXPECT_EQ(back.values, whole);
    }
  }
}

}  // namespace
