// Containers of containers in every collective that serialises: one memcpy for each inner run.

#include <cohort/collective.hpp>

#include "cases.hpp"
#include "support/allocation_counter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace cohort::test;

template <class Inner>
class nested : public testing::Test {
 protected:
  /// What `rank` has in a case of `n`: a few runs, empty ones too.
  static std::vector<Inner> of(int rank, std::size_t n) {
    std::vector<Inner> result;
    for (std::size_t i = 0; i != 4; ++i) {
      using Element = typename Inner::value_type;
      const auto run = random_vector<Element>(i * n + static_cast<std::size_t>(rank) % 2, salt(rank, i));
      result.emplace_back(run.begin(), run.end());
    }
    return result;
  }
};
using inner_types = testing::Types<std::string, std::vector<double>, std::vector<particle>>;
TYPED_TEST_SUITE(nested, inner_types);

TYPED_TEST(nested, travels_by_every_collective) {
  using nest = std::vector<TypeParam>;
  for (const std::size_t n : {0U, 3U, 2000U}) {
    std::vector<nest> expected;
    nest joined;
    for (int r = 0; r != world().size(); ++r) {
      expected.push_back(TestFixture::of(r, n));
      joined.insert(joined.end(), expected.back().begin(), expected.back().end());
    }
    const auto mine = TestFixture::of(world().rank(), n);
    EXPECT_EQ(world().allgather(mine), expected) << n;
    for_each_root([&](int root) {
      const cohort::rooted at{root};
      const bool here = world().rank() == root;
      EXPECT_EQ(world().gather(mine, at), here ? expected : std::vector<nest>{}) << n;
      EXPECT_EQ(world().bcast(here ? mine : nest{}, at), TestFixture::of(root, n)) << n;
      EXPECT_EQ(world().scatter(here ? joined : nest{}, at), mine) << n;
      EXPECT_EQ(world().scatter(here ? expected : std::vector<nest>{}, at), std::vector<nest>{mine}) << n;
    });
    const auto from_all = world().alltoall(expected);
    EXPECT_EQ(from_all, std::vector<nest>(ranks(), mine)) << n;
  }
}

TEST(nested_contract, allocations_do_not_grow_with_the_inner_length) {
  const auto allocated = [](std::size_t n) {
    const std::vector<std::vector<double>> mine(3, std::vector<double>(n, 1.0));
    const allocation_counter counter;
    (void)world().allgather(mine);
    return counter.count();
  };
  EXPECT_EQ(allocated(5000), allocated(50000));
}

}  // namespace
