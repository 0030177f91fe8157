// The examples of docs/channels.md for the map that all ranks share.
#include <cohort/cohort.hpp>
#include <cohort/pattern/shared_map.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using cohort::test::world;

TEST(docs_shared_map, counts) {
  const std::vector<std::string> my_words{"owl", "ox", "owl"};
  // example: shared_map
  cohort::shared_map<std::string, int> count{world()};
  for (const auto& word : my_words) count.update(word, [](int& n) { ++n; });  // where the entry is, at once for all
  world().barrier();
  EXPECT_EQ(count.get("owl"), 2 * world().size());
  EXPECT_EQ(count.size(), 2U);
  // end
  world().barrier();
  // example: shared_map_update
  const int step = world().size();
  int after = count.update("ox", [step](int& n) { return n += step; });
  bool is_new = count.insert("bee", 1);
  world().barrier();
  bool is_gone = count.erase("bee");  // true on one rank
  // end
  EXPECT_GE(after, 2 * world().size());
  EXPECT_EQ(world().allreduce(is_new ? 1 : 0, std::plus{}), 1);
  EXPECT_EQ(world().allreduce(is_gone ? 1 : 0, std::plus{}), 1);
}

}  // namespace
