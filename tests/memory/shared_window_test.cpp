// One array per node. All ranks of a test are on one node; groups of them stand for several.

#include <cohort/memory/shared_window.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <complex>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace {

using namespace cohort::test;
using cohort::shared_window;

constexpr std::size_t sizes[] = {0, 1, 77, 40000};

template <class T>
class shared : public testing::Test {};
using kinds = testing::Types<char, double, particle, std::complex<long double>>;
TYPED_TEST_SUITE(shared, kinds);

TYPED_TEST(shared, fill_once_is_seen_by_all) {
  for (const auto n : sizes) {
    const shared_window<TypeParam> table{world(), n};
    EXPECT_EQ(table.size(), n);
    EXPECT_EQ(table.span().size(), n);
    if (n != 0) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(table.span().data()) % alignof(TypeParam), 0U);
    }
    for (int round = 0; round != 3; ++round) {
      const auto data = share<TypeParam>(round, n);
      int calls = 0;
      table.fill_once([&](std::span<TypeParam> all) {
        ++calls;
        std::ranges::copy(data, all.begin());
      });
      EXPECT_EQ(calls, table.node().rank() == 0 ? 1 : 0);
      EXPECT_TRUE(std::ranges::equal(table.span(), data));
    }
    barrier();
  }
}

TYPED_TEST(shared, each_rank_writes_its_part) {
  for (const auto n : sizes) {
    const shared_window<TypeParam> table{world(), n};
    const auto data = share<TypeParam>(0, n);
    const auto offset = static_cast<std::size_t>(table.part().data() - table.span().data());
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(offset), table.part().size(), table.part().begin());
    table.fence();
    EXPECT_TRUE(std::ranges::equal(table.span(), data));
    barrier();
  }
}

TYPED_TEST(shared, from_the_data_of_every_root) {
  for (int root = 0; root != world().size(); ++root) {
    for (const auto n : sizes) {
      const auto data = share<TypeParam>(root, n);
      const auto table = shared_window<TypeParam>::from(
          world(), world().rank() == root ? std::span<const TypeParam>{data} : std::span<const TypeParam>{},
          {.root = root});
      EXPECT_TRUE(std::ranges::equal(table.span(), data)) << n;
    }
  }
}

TYPED_TEST(shared, bcast_reaches_every_node) {
  // Ranks of one parity stand for a node.
  const auto node = world().split(world().rank() % 2);
  const std::size_t n = 5000;
  const shared_window<TypeParam> table{world(), node, n};
  EXPECT_EQ(static_cast<bool>(table.leaders()), node.rank() == 0);
  if (table.leaders()) {
    EXPECT_EQ(table.leaders().size(), std::min(2, world().size()));
  }
  for (int root = 0; root != world().size(); ++root) {
    const auto data = share<TypeParam>(root, n);
    table.bcast(data, {.root = root});
    EXPECT_TRUE(std::ranges::equal(table.span(), data));
  }
  const auto other = share<TypeParam>(50 + world().rank() % 2, n);
  table.fill_once([&](auto all) { std::ranges::copy(other, all.begin()); });
  EXPECT_TRUE(std::ranges::equal(table.span(), other));
  barrier();
}

TEST(shared_window, parts_cover_the_array_in_order) {
  for (const std::size_t n : {0U, 1U, 5U, 7U, 20U}) {
    const shared_window<int> table{world(), n};
    std::ranges::fill(table.part(), world().rank());
    table.fence();
    const auto all = table.span();
    EXPECT_TRUE(std::ranges::is_sorted(all));
    for (int rank = 0; rank != world().size(); ++rank) {
      const auto length = static_cast<std::size_t>(std::ranges::count(all, rank));
      EXPECT_TRUE(length == n / ranks() || length == n / ranks() + 1) << length << " of " << n;
    }
    barrier();
  }
}

TEST(shared_window, holds_atomics) {
  const shared_window<std::atomic<int>> table{world(), 1};
  if (world().rank() == 0) table.span()[0] = 0;
  table.fence();
  ++table.span()[0];
  table.fence();
  EXPECT_EQ(table.span()[0], world().size());
  barrier();
}

TEST(shared_window, it_is_one_memory) {
  const shared_window<int> table{world(), 1};
  for (int rank = 0; rank != world().size(); ++rank) {
    if (world().rank() == rank) table.span()[0] = 10 + rank;
    table.fence();
    EXPECT_EQ(table.span()[0], 10 + rank);
    barrier();
  }
}

TEST(shared_window, a_failed_fill_is_told_to_all) {
  const shared_window<int> table{world(), 3};
  const auto fails = [&] { table.fill_once([](std::span<int>) { throw std::runtime_error{"no such data"}; }); };
  if (world().rank() == 0) {
    EXPECT_THROW(fails(), std::runtime_error);
  } else {
    refused<cohort::error>("the function failed on the first rank of this node", fails);
  }
  table.fill_once([](std::span<int> all) { std::ranges::fill(all, 4); });
  EXPECT_EQ(table.span()[2], 4);
  barrier();
}

TEST(shared_window, moves) {
  shared_window<int> first{world(), 2};
  first.fill_once([](std::span<int> all) { std::ranges::fill(all, 6); });
  auto second = std::move(first);
  EXPECT_FALSE(first);
  EXPECT_TRUE(first.span().empty());
  EXPECT_EQ(second.span()[1], 6);
  second = shared_window<int>{world(), 5};
  EXPECT_EQ(second.size(), 5U);
}

TEST(shared_window, misuse) {
  const shared_window<int> none;
  refused("the shared window is empty", [&] { none.fence(); });
  refused("the shared window is empty", [&] { none.sync(); });
  refused("the shared window is empty", [&] { none.fill_once([](std::span<int>) {}); });
  const shared_window<int> table{world(), 3};
  const std::vector<int> four(4);
  refused("the range has 4 elements where 3 are needed", [&] { table.bcast(four, {.root = world().rank()}); });
  refused("root -1 does not exist", [&] { table.bcast(four, {.root = -1}); });
  refused("the communicator is empty", [&] { const shared_window<int> made{cohort::communicator{}, 3}; });
  if (world().size() > 1) {
    // One rank disagrees; its window is left to MPI_Finalize, so the others leave theirs to it as well.
    const auto disagree = [] {
      const shared_window<int> odd{world(), world().rank() == 1 ? std::size_t{4} : std::size_t{3}};
      throw std::runtime_error{"made"};
    };
    if (world().rank() == 1) {
      refused("this rank asked for 16 bytes and the node's first rank for 12", disagree);
    } else {
      EXPECT_THROW(disagree(), std::runtime_error);
    }
  }
}

}  // namespace
