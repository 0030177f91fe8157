// Strings, maps and other objects are reduced whole, in the order of ranks.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/exscan.hpp>
#include <cohort/collective/reduce.hpp>
#include <cohort/collective/scan.hpp>

#include "support/random.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace cohort::test;
using counts = std::map<std::string, int>;

std::string part(int rank) {
  return std::string(static_cast<std::size_t>(rank % 3) * 3000, 'x') + "[" + std::to_string(rank) + "]";
}
std::string joined(int begin, int end) {
  std::string all;
  for (int rank = begin; rank != end; ++rank) all += part(rank);
  return all;
}
counts merge(counts a, const counts& b) {
  for (const auto& [word, n] : b) a[word] += n;
  return a;
}

TEST(object_reduction, strings_are_joined_in_the_order_of_ranks) {
  const int size = world().size();
  const int rank = world().rank();
  for (int root = 0; root != size; ++root) {
    const auto all = world().reduce(part(rank), std::plus{}, {.root = root});
    EXPECT_EQ(all, rank == root ? std::optional{joined(0, size)} : std::nullopt);
  }
  EXPECT_EQ(world().allreduce(part(rank), std::plus{}), joined(0, size));
  EXPECT_EQ(world().scan(part(rank), std::plus{}), joined(0, rank + 1));
  const auto before = world().exscan(part(rank), std::plus{});
  EXPECT_EQ(before, rank == 0 ? std::nullopt : std::optional{joined(0, rank)});
}

TEST(object_reduction, maps_are_merged_by_any_callable) {
  const int size = world().size();
  const int rank = world().rank();
  const counts mine{{"all", 1}, {std::to_string(rank), rank}, {rank % 2 == 0 ? "even" : "odd", 1}};
  counts expected{{"all", size}, {"even", (size + 1) / 2}};
  if (size > 1) expected["odd"] = size / 2;
  for (int r = 0; r != size; ++r) expected[std::to_string(r)] = r;
  EXPECT_EQ(world().allreduce(mine, merge), expected);
  int calls = 0;
  const auto at_last = world().reduce(
      mine, [&calls](const counts& a, const counts& b) { return ++calls, merge(a, b); }, {.root = size - 1});
  EXPECT_EQ(at_last, rank == size - 1 ? std::optional{expected} : std::nullopt);
  EXPECT_EQ(world().allreduce(calls, std::plus{}), size - 1);
}

TEST(object_reduction, random_rows_of_strings) {
  const int size = world().size();
  const auto row = [](int rank) {
    auto random = engine(static_cast<std::uint64_t>(rank));
    std::vector<std::string> words(random() % 5);
    for (auto& word : words) fill(random, word);
    return words;
  };
  const auto append = [](const std::vector<std::string>& a, const std::vector<std::string>& b) {
    auto all = a;
    all.insert(all.end(), b.begin(), b.end());
    return all;
  };
  std::vector<std::string> before;
  for (int rank = 0; rank != world().rank(); ++rank) before = append(before, row(rank));
  const auto mine = row(world().rank());
  EXPECT_EQ(world().scan(mine, append), append(before, mine)) << seed();
  if (world().rank() != 0) {
    EXPECT_EQ(world().exscan(mine, append), before) << seed();
  } else {
    EXPECT_EQ(world().exscan(mine, append), std::nullopt);
  }
  std::vector<std::string> all;
  for (int rank = 0; rank != size; ++rank) all = append(all, row(rank));
  EXPECT_EQ(world().allreduce(mine, append), all) << seed();
}

}  // namespace
