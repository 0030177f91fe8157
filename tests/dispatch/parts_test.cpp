#include <cohort/dispatch/detail/deadlines.hpp>
#include <cohort/dispatch/detail/fullest.hpp>
#include <cohort/dispatch/detail/task_table.hpp>
#include <cohort/dispatch/scheduler.hpp>

#include <gtest/gtest.h>

#include <map>
#include <random>

using namespace cohort::dispatch;
using namespace cohort::dispatch::detail;

TEST(Deadlines, AgreeWithASortedMap) {
  std::mt19937 random{1};
  deadlines heap;
  std::map<std::uint32_t, time_point> all;
  for (int i = 0; i < 20'000; ++i) {
    const auto element = static_cast<std::uint32_t>(random() % 300);
    if (all.count(element) > 0) {
      heap.erase(element);
      all.erase(element);
    } else {
      const time_point when{random() % 1000};
      heap.insert(element, when);
      all[element] = when;
    }
    ASSERT_EQ(heap.size(), all.size());
    ASSERT_TRUE(heap.valid());
    if (all.empty()) continue;
    ASSERT_EQ(all.at(heap.first()), heap.earliest());
    for (const auto& [e, when] : all) ASSERT_LE(heap.earliest(), when);
  }
}

TEST(Fullest, TellsTheGreatest) {
  fullest f;
  for (std::uint32_t e = 0; e < 6; ++e) f.reach(e);
  EXPECT_EQ(f.top(), list_set::none);
  f.set(0, 3);
  f.set(1, 63);
  EXPECT_EQ(f.top(), 1U);
  f.set(2, 64);
  EXPECT_EQ(f.top(), 2U);
  f.set(3, 0xffffffff);
  EXPECT_EQ(f.top(), 3U);
  f.set(3, 0);
  f.set(2, 2);
  EXPECT_EQ(f.top(), 1U);
  f.set(1, 0);
  EXPECT_EQ(f.top(), 0U);
}

TEST(TaskTable, AStragglerHoldsOnePageOnly) {
  task_table table;
  for (task_id id = 0; id < 100'000; ++id) {
    task_record& t = table.add();
    t.state = stage::queued;
    ASSERT_EQ(t.id, id);
    if (id != 1000) table.forget(t);
  }
  EXPECT_LE(table.pages(), 2U);
  EXPECT_NE(table.find(1000), nullptr);
  EXPECT_EQ(table.find(999), nullptr);
  EXPECT_EQ(table.find(200'000), nullptr);
  table.forget(*table.find(1000));
  EXPECT_LE(table.pages(), 1U);
}
