// scan and exscan against the fold in the order of ranks, and against those of MPI.

#include <cohort/collective/exscan.hpp>
#include <cohort/collective/scan.hpp>

#include "cases.hpp"
#include "support/cost.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;

/// The shares of ranks 0 to `last`, combined in their order.
template <class T, class Op>
buffer<T> folded(std::size_t n, Op op, int last) {
  auto result = share<T>(0, n);
  for (int r = 1; r <= last; ++r) {
    const auto next = share<T>(r, n);
    for (std::size_t i = 0; i != n; ++i) result[i] = static_cast<T>(op(result[i], next[i]));
  }
  return result;
}

template <class T, class Op>
void check(Op op) {
  const int self = world().rank();
  for (const auto n : lengths) {
    const auto mine = share<T>(self, n);
    const auto inclusive = folded<T>(n, op, self);
    EXPECT_EQ(world().scan(mine, op), inclusive) << n;
    buffer<T> into(n);
    world().scan_into(mine, into, op);
    EXPECT_EQ(into, inclusive) << n;
    auto both = mine;
    world().scan_in_place(both, op);
    EXPECT_EQ(both, inclusive) << n;

    const auto exclusive = self == 0 ? mine : folded<T>(n, op, self - 1);
    EXPECT_EQ(world().exscan(mine, op), self == 0 ? buffer<T>{} : exclusive) << n;
    into = mine;
    world().exscan_into(mine, into, op);
    EXPECT_EQ(into, exclusive) << n;
    both = mine;
    world().exscan_in_place(both, op);
    EXPECT_EQ(both, exclusive) << n;
  }
  const auto value = share<T>(self, 1)[0];
  EXPECT_EQ(world().scan(value, op), folded<T>(1, op, self)[0]);
  const auto before = world().exscan(value, op);
  static_assert(std::is_same_v<decltype(before), const std::optional<T>>);
  EXPECT_EQ(before, self == 0 ? std::nullopt : std::optional<T>{folded<T>(1, op, self - 1)[0]});
}

TEST(scan, by_mpis_own_operations) {
  check<int>(std::plus{});
  check<double>(cohort::maximum{});
}

/// 2x2 matrices: the product depends on the order of ranks, modulo a prime so that it stays exact.
using matrix = std::array<long long, 4>;

TEST(scan, keeps_the_order_of_ranks) {
  check<matrix>([](const matrix& a, const matrix& b) {
    constexpr long long prime = 1000003;
    return matrix{(a[0] * b[0] + a[1] * b[2]) % prime, (a[0] * b[1] + a[1] * b[3]) % prime,
                  (a[2] * b[0] + a[3] * b[2]) % prime, (a[2] * b[1] + a[3] * b[3]) % prime};
  });
}

TEST(scan, is_that_of_mpi) {
  const auto mine = random_vector<float>(500, salt(world().rank(), 3));
  std::vector<float> expected(500);
  MPI_Scan(mine.data(), expected.data(), 500, MPI_FLOAT, MPI_SUM, world());
  EXPECT_EQ(world().scan(mine, std::plus{}), expected);
  MPI_Exscan(mine.data(), expected.data(), 500, MPI_FLOAT, MPI_SUM, world());
  if (world().rank() == 0) expected.clear();
  EXPECT_EQ(world().exscan(mine, std::plus{}), expected);
}

TEST(scan, gives_each_rank_its_offset) {
  const auto count = static_cast<std::size_t>(world().rank() + 1);
  const auto offset = world().exscan(count, std::plus{}).value_or(0);
  EXPECT_EQ(offset, count * (count - 1) / 2);
}

TEST(scan, costs_one_call) {
  std::vector<int> mine(10);
  std::vector<int> result(10);
  EXPECT_EQ(cost([&] { (void)world().scan(3, std::plus{}); }), "MPI_Scan 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().scan(mine, std::plus{}); }), "MPI_Scan 1; allocations 1");
  EXPECT_EQ(cost([&] { world().scan_into(mine, result, std::plus{}); }), "MPI_Scan 1; allocations 0");
  EXPECT_EQ(cost([&] { world().scan_in_place(mine, std::plus{}); }), "MPI_Scan 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().exscan(3, std::plus{}); }), "MPI_Exscan 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)world().exscan(mine, std::plus{}); }), "MPI_Exscan 1; allocations 1");
  EXPECT_EQ(cost([&] { world().exscan_into(mine, result, std::plus{}); }), "MPI_Exscan 1; allocations 0");
  EXPECT_EQ(cost([&] { world().exscan_in_place(mine, std::plus{}); }), "MPI_Exscan 1; allocations 0");
}

}  // namespace
