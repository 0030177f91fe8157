// reduce_scatter against the fold in the order of ranks, and the in-place forms against those that are not.

#include <cohort/collective/allgather.hpp>
#include <cohort/collective/gather.hpp>
#include <cohort/collective/reduce.hpp>
#include <cohort/collective/reduce_scatter.hpp>
#include <cohort/collective/scatter.hpp>

#include "cases.hpp"
#include "support/cost.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;

template <class T, class Op>
buffer<T> folded(std::size_t n, Op op) {
  auto result = share<T>(0, n);
  for (int r = 1; r != world().size(); ++r) {
    const auto next = share<T>(r, n);
    for (std::size_t i = 0; i != n; ++i) result[i] = static_cast<T>(op(result[i], next[i]));
  }
  return result;
}

template <class T, class Op>
void check(Op op) {
  const auto self = static_cast<std::size_t>(world().rank());
  for (const auto n : lengths) {
    const auto whole = folded<T>(n * ranks(), op);
    const buffer<T> expected(whole.begin() + self * n, whole.begin() + (self + 1) * n);
    const auto mine = share<T>(world().rank(), n * ranks());
    EXPECT_EQ(world().reduce_scatter(mine, op), expected) << n;
    buffer<T> part(n);
    world().reduce_scatter_into(mine, part, op);
    EXPECT_EQ(part, expected) << n;
    auto both = mine;
    world().reduce_scatter_in_place(both, op);
    both.truncate(n);
    EXPECT_EQ(both, expected) << n;
  }
  for (const auto n : lengths) {
    std::vector<int> counts;
    std::vector<std::size_t> offsets{0};
    for (int r = 0; r != world().size(); ++r) {
      counts.push_back(static_cast<int>(uneven(r, n)));
      offsets.push_back(offsets.back() + uneven(r, n));
    }
    const auto whole = folded<T>(offsets.back(), op);
    const buffer<T> expected(whole.begin() + offsets[self], whole.begin() + offsets[self + 1]);
    const auto mine = share<T>(world().rank(), offsets.back());
    EXPECT_EQ(world().reduce_scatter(mine, counts, op), expected) << n;
    buffer<T> part(expected.size());
    world().reduce_scatter_into(mine, counts, part, op);
    EXPECT_EQ(part, expected) << n;
    auto both = mine;
    world().reduce_scatter_in_place(both, counts, op);
    both.truncate(expected.size());
    EXPECT_EQ(both, expected) << n;
  }
}

TEST(reduce_scatter, by_mpis_own_operations) {
  check<int>(std::plus{});
  check<double>(cohort::minimum{});
}

using matrix = std::array<long long, 4>;

TEST(reduce_scatter, keeps_the_order_of_ranks) {
  check<matrix>([](const matrix& a, const matrix& b) {
    constexpr long long prime = 1000003;
    return matrix{(a[0] * b[0] + a[1] * b[2]) % prime, (a[0] * b[1] + a[1] * b[3]) % prime,
                  (a[2] * b[0] + a[3] * b[2]) % prime, (a[2] * b[1] + a[3] * b[3]) % prime};
  });
}

template <class T>
class in_place : public testing::Test {};
using elements = testing::Types<char, double, particle>;
TYPED_TEST_SUITE(in_place, elements);

TYPED_TEST(in_place, blocks_are_those_of_the_other_forms) {
  using blocks = buffer<TypeParam>;
  const auto self = static_cast<std::size_t>(world().rank());
  for (const auto n : lengths) {
    const auto mine = share<TypeParam>(world().rank(), n);
    const auto all = world().allgather(mine);
    blocks room(all.size());
    std::copy(mine.begin(), mine.end(), room.begin() + self * n);
    world().allgather_in_place(room);
    EXPECT_EQ(room, all) << n;
    for_each_root([&](int root) {
      const bool here = world().rank() == root;
      blocks gathered = here ? blocks(all.size()) : mine;
      if (here) std::copy(mine.begin(), mine.end(), gathered.begin() + self * n);
      world().gather_in_place(gathered, {.root = root});
      EXPECT_EQ(gathered, here ? all : mine) << n;
      blocks dealt = here ? all : blocks(n);
      world().scatter_in_place(dealt, {.root = root});
      EXPECT_EQ(dealt, here ? all : mine) << n;
    });
  }
}

TEST(in_place_reductions, of_every_root) {
  for (const auto n : lengths) {
    const auto mine = share<int>(world().rank(), n);
    for_each_root([&](int root) {
      auto both = mine;
      world().reduce_in_place(both, std::plus{}, {.root = root});
      EXPECT_EQ(both, world().rank() == root ? folded<int>(n, std::plus{}) : mine) << n;
    });
  }
  int value = 2;
  world().reduce_in_place(value, std::plus{});
  EXPECT_EQ(value, world().rank() == 0 ? 2 * world().size() : 2);
}

TEST(in_place_contract, one_call_and_no_allocation) {
  std::vector<double> all(10 * ranks());
  std::vector<double> part(10);
  auto& rooted = world().rank() == 0 ? all : part;
  const std::vector<int> counts(ranks(), 10);
  const std::plus<> plus;
  EXPECT_EQ(cost([&] { world().allgather_in_place(all); }), "MPI_Allgather 1; allocations 0");
  EXPECT_EQ(cost([&] { world().gather_in_place(rooted); }), "MPI_Gather 1; allocations 0");
  EXPECT_EQ(cost([&] { world().scatter_in_place(rooted); }), "MPI_Scatter 1; allocations 0");
  EXPECT_EQ(cost([&] { world().reduce_in_place(all, plus); }), "MPI_Reduce 1; allocations 0");
  EXPECT_EQ(cost([&] { world().reduce_scatter_in_place(all, plus); }), "MPI_Reduce_scatter_block 1; allocations 0");
  EXPECT_EQ(cost([&] { world().reduce_scatter_into(all, part, plus); }),
            "MPI_Reduce_scatter_block 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().reduce_scatter(all, plus); }), "MPI_Reduce_scatter_block 1; allocations 1");
  EXPECT_EQ(cost([&] { world().reduce_scatter_into(all, counts, part, plus); }),
            "MPI_Reduce_scatter 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().reduce_scatter(all, counts, plus); }), "MPI_Reduce_scatter 1; allocations 1");
}

}  // namespace
