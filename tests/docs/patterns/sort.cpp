// The examples of docs/patterns.md for sorting.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

TEST(docs_sort, sorts) {
  const std::vector<double> my_values{3.0 - world().rank(), 0.5};
  const std::vector<std::string> my_words{"owl", "cat", "ox", "bee"};
  // example: sort
  auto sorted = cohort::parallel_sort(world(), my_values);  // this rank's part of the whole
  auto by_length = cohort::parallel_sort(
      world(), my_words, [](const std::string& a, const std::string& b) { return a.size() < b.size(); },
      {.stable = true});  // ox ... owl, cat, bee, owl, cat, bee ...
  // end
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  const auto all = world().allgather(by_length);
  std::vector<std::string> whole;
  for (const auto& part : all) whole.insert(whole.end(), part.begin(), part.end());
  const auto ranks = static_cast<std::size_t>(world().size());
  ASSERT_EQ(whole.size(), 4 * ranks);
  EXPECT_EQ(whole[ranks - 1], "ox");
  EXPECT_EQ(whole[ranks], "owl");
  EXPECT_EQ(whole[ranks + 1], "cat");
  EXPECT_EQ(whole.back(), "bee");
}

}  // namespace
