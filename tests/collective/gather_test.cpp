#include <cohort/collective/allgather.hpp>
#include <cohort/collective/gather.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;

template <class T>
class gather : public testing::Test {
 protected:
  /// What MPI gathers from the shares of `n` elements: on the root, or everywhere.
  static buffer<T> by_mpi(std::size_t n, int root) {
    using type = cohort::datatype<T>;
    const auto mine = share<T>(world().rank(), n);
    buffer<T> all(world().rank() == root ? n * ranks() : 0);
    MPI_Gather(mine.data(), count_of<T>(n), type::type(), all.data(), count_of<T>(n), type::type(), root, world());
    return all;
  }
  static buffer<T> by_mpi(std::size_t n) {
    using type = cohort::datatype<T>;
    const auto mine = share<T>(world().rank(), n);
    buffer<T> all(n * ranks());
    MPI_Allgather(mine.data(), count_of<T>(n), type::type(), all.data(), count_of<T>(n), type::type(), world());
    return all;
  }
};
using elements = testing::Types<char, bool, int, double, std::complex<float>, particle, std::pair<char, int>>;
TYPED_TEST_SUITE(gather, elements);

TYPED_TEST(gather, is_that_of_mpi) {
  for_each_root([](int root) {
    for (const auto n : lengths) {
      const auto expected = TestFixture::by_mpi(n, root);
      const auto mine = share<TypeParam>(world().rank(), n);
      EXPECT_EQ(world().gather(mine, {.root = root}), expected) << n;
      buffer<TypeParam> into(expected.size());
      world().gather_into(mine, into, {.root = root});
      EXPECT_EQ(into, expected) << n;
    }
  });
}

TYPED_TEST(gather, of_one_value_each) {
  for_each_root([](int root) {
    const auto value = share<TypeParam>(world().rank(), 1)[0];
    const auto expected = TestFixture::by_mpi(1, root);
    const auto got = world().gather(value, {.root = root});
    static_assert(std::is_same_v<decltype(got), const buffer<TypeParam>>);
    EXPECT_EQ(got, expected);
    buffer<TypeParam> into(expected.size());
    world().gather_into(value, into, {.root = root});
    EXPECT_EQ(into, expected);
  });
}

TYPED_TEST(gather, to_all_is_that_of_mpi) {
  for (const auto n : lengths) {
    const auto expected = TestFixture::by_mpi(n);
    const auto mine = share<TypeParam>(world().rank(), n);
    EXPECT_EQ(world().allgather(mine), expected) << n;
    buffer<TypeParam> into(expected.size());
    world().allgather_into(std::span{mine.data(), n}, std::span{into.data(), into.size()});
    EXPECT_EQ(into, expected) << n;
  }
  EXPECT_EQ(world().allgather(share<TypeParam>(world().rank(), 1)[0]), TestFixture::by_mpi(1));
}

TEST(gather_arrays, count_as_one_value) {
  const auto all = world().allgather(std::array{world().rank(), 7});
  static_assert(std::is_same_v<decltype(all), const buffer<std::array<int, 2>>>);
  EXPECT_EQ(all.size(), ranks());
  EXPECT_EQ(all.back(), (std::array{world().size() - 1, 7}));
}

std::string text_of(int rank, std::size_t n) {
  return std::to_string(rank) + std::string(n * static_cast<std::size_t>(rank % 2), 'x');
}

TEST(gather_text, is_one_string_of_each_rank) {
  for (const std::size_t n : {0U, 30U, 5000U}) {
    std::vector<std::string> expected;
    for (int r = 0; r != world().size(); ++r) expected.push_back(text_of(r, n));
    const auto mine = text_of(world().rank(), n);
    EXPECT_EQ(world().allgather(mine), expected);
    EXPECT_EQ(world().allgather(std::string_view{mine}), expected);
    for_each_root([&](int root) {
      const auto got = world().gather(mine, {.root = root});
      EXPECT_EQ(got, world().rank() == root ? expected : std::vector<std::string>{});
    });
  }
}

TEST(gather_objects, is_one_of_each_rank) {
  using table = std::map<std::string, std::vector<int>>;
  const auto table_of = [](int rank, std::size_t n) {
    return table{{std::to_string(rank), std::vector<int>(n, rank)}};
  };
  for (const std::size_t n : {0U, 10U, 3000U}) {
    std::vector<table> expected;
    for (int r = 0; r != world().size(); ++r) expected.push_back(table_of(r, n));
    const auto mine = table_of(world().rank(), n);
    EXPECT_EQ(world().allgather(mine), expected);
    for_each_root([&](int root) {
      EXPECT_EQ(world().gather(mine, {.root = root}), world().rank() == root ? expected : std::vector<table>{});
    });
  }
}

TEST(gather_objects, that_only_move) {
  const auto mine = std::make_unique<int>(world().rank());
  const auto all = world().allgather(mine);
  EXPECT_EQ(all.size(), ranks());
  for (std::size_t r = 0; r != all.size(); ++r) EXPECT_EQ(all[r] ? *all[r] : -1, static_cast<int>(r));
}

}  // namespace
