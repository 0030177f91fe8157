// alltoall against that of MPI, and of objects.

#include <cohort/collective/alltoall.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <list>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;

template <class T>
class alltoall : public testing::Test {};
using elements = testing::Types<char, double, particle>;
TYPED_TEST_SUITE(alltoall, elements);

TYPED_TEST(alltoall, is_that_of_mpi) {
  using type = cohort::datatype<TypeParam>;
  for (const auto n : lengths) {
    const auto mine = share<TypeParam>(world().rank(), n * ranks());
    buffer<TypeParam> expected(mine.size());
    MPI_Alltoall(mine.data(), count_of<TypeParam>(n), type::type(), expected.data(), count_of<TypeParam>(n),
                 type::type(), world());
    EXPECT_EQ(world().alltoall(mine), expected) << n;
    buffer<TypeParam> into(mine.size());
    world().alltoall_into(mine, into);
    EXPECT_EQ(into, expected) << n;
    auto both = mine;
    world().alltoall_in_place(both);
    EXPECT_EQ(both, expected) << n;
  }
}

TEST(alltoall_values, are_one_for_each_rank) {
  std::vector<int> mine(ranks());
  for (std::size_t r = 0; r != ranks(); ++r) mine[r] = 100 * world().rank() + static_cast<int>(r);
  const auto got = world().alltoall(mine);
  for (std::size_t r = 0; r != ranks(); ++r) EXPECT_EQ(got[r], 100 * static_cast<int>(r) + world().rank());
}

std::string text_of(int from, std::size_t to, std::size_t n) {
  return std::to_string(from) + "to" + std::to_string(to) +
         std::string(n * ((static_cast<std::size_t>(from) + to) % 3), 'x');
}

TEST(alltoall_objects, are_one_for_each_rank) {
  for (const std::size_t n : {0U, 50U, 5000U}) {
    std::list<std::string> mine;
    std::vector<std::string> expected;
    for (std::size_t r = 0; r != ranks(); ++r) {
      mine.push_back(text_of(world().rank(), r, n));
      expected.push_back(text_of(static_cast<int>(r), static_cast<std::size_t>(world().rank()), n));
    }
    EXPECT_EQ(world().alltoall(mine), expected) << n;
  }
}

TEST(alltoall_objects, of_any_depth) {
  using table = std::vector<std::map<int, std::vector<std::string>>>;
  std::vector<table> mine(ranks());
  table expected(1);
  for (std::size_t r = 0; r != ranks(); ++r) mine[r] = {{{world().rank(), {text_of(world().rank(), r, 400)}}}};
  const auto got = world().alltoall(mine);
  ASSERT_EQ(got.size(), ranks());
  for (std::size_t r = 0; r != ranks(); ++r) {
    const auto from = static_cast<int>(r);
    expected[0] = {{from, {text_of(from, static_cast<std::size_t>(world().rank()), 400)}}};
    EXPECT_EQ(got[r], expected);
  }
}

TEST(alltoall_objects, rows_come_as_rows) {
  std::vector<std::vector<double>> mine(ranks());
  for (std::size_t r = 0; r != ranks(); ++r) mine[r].assign(10 * r, world().rank());
  const auto got = world().alltoall(mine);
  for (std::size_t r = 0; r != ranks(); ++r) {
    EXPECT_EQ(got[r], std::vector<double>(10 * static_cast<std::size_t>(world().rank()), static_cast<double>(r)));
  }
}

}  // namespace
