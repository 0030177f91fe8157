// The non-blocking reductions against the blocking ones.

#include <cohort/collective.hpp>

#include "cases.hpp"
#include "support/cost.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::buffer;
using cohort::request;

template <class T, class Op>
void check(Op op) {
  const bool first = world().rank() == 0;
  for (const auto n : lengths) {
    const auto mine = share<T>(world().rank(), n);
    const auto all = world().allreduce(mine, op);
    buffer<T> into(n);
    auto reducing = world().iallreduce_into(mine, into, op);
    auto borrowed = world().iallreduce(mine, op);
    static_assert(std::is_same_v<decltype(borrowed), request<buffer<T>>>);
    auto moved = world().iallreduce(mine.to_vector(), op);
    static_assert(std::is_same_v<decltype(moved), request<std::vector<T>>>);
    reducing.wait();
    EXPECT_EQ(into, all) << n;
    EXPECT_EQ(borrowed.get(), all) << n;
    EXPECT_EQ(all, moved.get()) << n;

    const auto upto = world().scan(mine, op);
    auto scanning = world().iscan_into(mine, into, op);
    auto own_scan = world().iscan(mine, op);
    auto moved_scan = world().iscan(buffer<T>(mine), op);
    scanning.wait();
    EXPECT_EQ(into, upto) << n;
    EXPECT_EQ(own_scan.get(), upto) << n;
    EXPECT_EQ(moved_scan.get(), upto) << n;

    const auto before = first ? mine : world().exscan(mine, op);
    if (first) (void)world().exscan(mine, op);
    into = mine;
    auto exscanning = world().iexscan_into(mine, into, op);
    auto own_exscan = world().iexscan(mine, op);
    auto moved_exscan = world().iexscan(buffer<T>(mine), op);
    exscanning.wait();
    EXPECT_EQ(into, before) << n;
    EXPECT_EQ(own_exscan.get(), before) << n;
    EXPECT_EQ(moved_exscan.get(), before) << n;

    for_each_root([&](int root) {
      const cohort::rooted at{root};
      const bool here = world().rank() == root;
      buffer<T> rooted(here ? n : 0);
      auto to_root = world().ireduce_into(mine, rooted, op, at);
      auto own = world().ireduce(mine, op, at);
      auto in_place = world().ireduce(buffer<T>(mine), op, at);
      to_root.wait();
      EXPECT_EQ(rooted, here ? all : buffer<T>{}) << n;
      EXPECT_EQ(own.get(), here ? all : buffer<T>{}) << n;
      EXPECT_EQ(in_place.get(), here ? all : mine) << n;
    });
  }
}

TEST(nonblocking_reductions, by_mpis_own_operations) {
  check<int>(std::plus{});
}

using matrix = std::array<long long, 4>;
struct multiply {
  matrix operator()(const matrix& a, const matrix& b) const {
    constexpr long long prime = 1000003;
    return {(a[0] * b[0] + a[1] * b[2]) % prime, (a[0] * b[1] + a[1] * b[3]) % prime,
            (a[2] * b[0] + a[3] * b[2]) % prime, (a[2] * b[1] + a[3] * b[3]) % prime};
  }
};

TEST(nonblocking_reductions, keep_the_order_of_ranks) {
  check<matrix>(multiply{});
}

template <class T, class Op>
void check_scatter(Op op) {
  for (const auto n : lengths) {
    const auto mine = share<T>(world().rank(), n * ranks());
    const auto expected = world().reduce_scatter(mine, op);
    buffer<T> part(n);
    auto started = world().ireduce_scatter_into(mine, part, op);
    auto own = world().ireduce_scatter(mine, op);
    started.wait();
    EXPECT_EQ(part, expected) << n;
    EXPECT_EQ(own.get(), expected) << n;

    std::vector<int> counts;
    std::size_t total = 0;
    for (int r = 0; r != world().size(); ++r) {
      counts.push_back(static_cast<int>(uneven(r, n)));
      total += uneven(r, n);
    }
    const auto uneven_mine = share<T>(world().rank(), total);
    const auto uneven_expected = world().reduce_scatter(uneven_mine, counts, op);
    buffer<T> uneven_part(uneven_expected.size());
    auto uneven_started = world().ireduce_scatter_into(uneven_mine, counts, uneven_part, op);
    counts.assign(counts.size(), -1);
    uneven_started.wait();
    EXPECT_EQ(uneven_part, uneven_expected) << n;
  }
}

TEST(nonblocking_reductions, of_blocks) {
  check_scatter<int>(std::plus{});
  check_scatter<matrix>(multiply{});
}

TEST(nonblocking_reductions, of_values) {
  const int n = world().size();
  const int self = world().rank();
  auto all = world().iallreduce(self, std::plus{});
  static_assert(std::is_same_v<decltype(all), request<int>>);
  auto upto = world().iscan(self, std::plus{});
  auto before = world().iexscan(self + 100, std::plus{});
  auto last = world().ireduce(self + 1, std::multiplies{}, {.root = n - 1});
  EXPECT_EQ(all.get(), n * (n - 1) / 2);
  EXPECT_EQ(upto.get(), self * (self + 1) / 2);
  EXPECT_EQ(before.get(), self == 0 ? 100 : 100 * self + self * (self - 1) / 2);
  int factorial = 1;
  for (int i = 1; i <= n; ++i) factorial *= i;
  EXPECT_EQ(last.get(), self == n - 1 ? factorial : self + 1);
}

TEST(nonblocking_reductions, one_call_each) {
  const std::plus<> op;
  std::vector<int> mine(10 * ranks());
  std::vector<int> result(10 * ranks());
  std::vector<int> part(10);
  const std::vector<int> counts(ranks(), 10);
  const auto& at = world();
  EXPECT_EQ(cost([&] { (void)at.iallreduce(3, op).get(); }), "MPI_Iallreduce 1, MPI_Wait 1; allocations 1");
  EXPECT_EQ(cost([&] { (void)at.iallreduce(mine, op).get(); }), "MPI_Iallreduce 1, MPI_Wait 1; allocations 1");
  EXPECT_EQ(cost([&] { at.iallreduce_into(mine, result, op).wait(); }),
            "MPI_Iallreduce 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { at.ireduce_into(mine, result, op).wait(); }), "MPI_Ireduce 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { at.iscan_into(mine, result, op).wait(); }), "MPI_Iscan 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { at.iexscan_into(mine, result, op).wait(); }), "MPI_Iexscan 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { at.ireduce_scatter_into(mine, part, op).wait(); }),
            "MPI_Ireduce_scatter_block 1, MPI_Wait 1; allocations 0");
  EXPECT_EQ(cost([&] { at.ireduce_scatter_into(mine, counts, part, op).wait(); }),
            "MPI_Ireduce_scatter 1, MPI_Wait 1; allocations 1");
}

}  // namespace
