// All ranks see one map; operations are whole; functions of an update run where the entry is.

#include <cohort/collective/allreduce.hpp>
#include <cohort/collective/barrier.hpp>
#include <cohort/pattern/closure.hpp>
#include <cohort/pattern/shared_map.hpp>

#include "support/random.hpp"
#include "support/refused.hpp"
#include "support/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace cohort::test;
using cohort::shared_map;
using text_map = shared_map<std::string, std::vector<int>>;

TEST(shared_map, what_one_rank_puts_all_get) {
  text_map map{world()};
  const int size = world().size();
  const auto mine = std::to_string(world().rank());
  EXPECT_FALSE(map.get(mine));
  map.put(mine, {world().rank(), 7});
  EXPECT_FALSE(map.insert(mine, {1}));
  world().barrier();
  for (int rank = 0; rank != size; ++rank) {
    EXPECT_EQ(map.get(std::to_string(rank)), (std::vector{rank, 7}));
    EXPECT_TRUE(map.contains(std::to_string(rank)));
  }
  EXPECT_EQ(map.size(), static_cast<std::size_t>(size));
  EXPECT_FALSE(map.contains("nobody"));
  std::size_t here = 0;
  for (const auto& [key, value] : map.local_items()) {
    EXPECT_EQ(map.owner(key), world().rank());
    EXPECT_EQ(value, (std::vector{std::stoi(key), 7}));
    ++here;
  }
  EXPECT_EQ(world().allreduce(here, std::plus{}), static_cast<std::size_t>(size));
  world().barrier();
  EXPECT_TRUE(map.erase(mine));
  EXPECT_FALSE(map.erase(mine));
  world().barrier();
  EXPECT_EQ(map.size(), 0U);
}

TEST(shared_map, updates_of_all_ranks_and_threads_add_up) {
  shared_map<int, long> map{world()};
  const int each = 300;
  const auto work = [&](int thread) {
    for (int i = 0; i != each; ++i) {
      const int step = thread + 1;
      map.update(i % 5, [step](long& n) { n += step; });
    }
  };
  std::thread other{work, 1};
  work(0);
  other.join();
  world().barrier();
  long sum = 0;
  for (int key = 0; key != 5; ++key) sum += map.get(key).value();
  EXPECT_EQ(sum, 3L * each * world().size());
}

TEST(shared_map, update_returns_what_its_function_returns) {
  shared_map<int, std::string> map{world()};
  for (int key = 0; key != 20; ++key) {
    const auto length = map.update(key, [](std::string& text) { return (text += "x").size(); });
    EXPECT_GE(length, 1U);
    EXPECT_LE(length, static_cast<std::size_t>(world().size()));
    const std::vector<int> captured{1, 2, 3};
    const auto sum = map.update(key, cohort::closure([](const std::vector<int>& values,
                                                        std::string&) { return values.at(0) + values.at(2); },
                                                     captured));
    EXPECT_EQ(sum, 4);
  }
}

TEST(shared_map, a_function_that_throws_is_told_and_adds_nothing) {
  shared_map<int, int> map{world()};
  for (int key = 0; key != 10; ++key) {
    try {
      map.update(key, [](int&) { throw std::runtime_error{"no such luck"}; });
      ADD_FAILURE() << key;
    } catch (const cohort::rank_error& e) {
      EXPECT_EQ(e.failure().rank, map.owner(key));
      EXPECT_EQ(e.failure().type, "std::runtime_error");
      EXPECT_EQ(e.failure().message, "no such luck");
      EXPECT_EQ(e.failure().routine, "shared_map");
    }
    EXPECT_FALSE(map.contains(key));
  }
}

TEST(shared_map, its_errors_are_the_same_wherever_the_key_is) {
  shared_map<int, int> map{world()};
  for (int key = 0; key != 10; ++key) {
    EXPECT_THROW(map.update(key, [](int&) { throw cohort::argument_error{"of its own"}; }), cohort::rank_error);
  }
}

TEST(shared_map, a_function_that_captures_a_reference_is_refused) {
  shared_map<int, int> map{world()};
  int here = 0;
  for (int key = 0; key != 2 * world().size(); ++key) {  // wherever it is
    EXPECT_THROW(map.update(key, [&here](int& value) { here = value; }), cohort::argument_error);
  }
  world().barrier();
  EXPECT_EQ(map.size(), 0U);
}

TEST(shared_map, random_operations_mean_what_those_of_a_map_mean) {
  shared_map<std::string, std::pair<int, std::string>> map{world()};
  std::map<std::string, std::pair<int, std::string>> model;
  auto random = engine(static_cast<std::uint64_t>(world().rank()));
  for (int i = 0; i != 400; ++i) {
    // Keys of this rank only, so that the model knows all.
    const auto key = std::to_string(world().rank()) + "/" + std::to_string(random() % 10);
    switch (random() % 5) {
      case 0: {
        const std::pair value{static_cast<int>(random() % 100), std::string(random() % 3000, 'v')};
        map.put(key, value);
        model[key] = value;
        break;
      }
      case 1:
        EXPECT_EQ(map.insert(key, {1, "new"}), model.try_emplace(key, 1, "new").second);
        break;
      case 2:
        EXPECT_EQ(map.erase(key), model.erase(key) != 0);
        break;
      case 3:
        EXPECT_EQ(map.update(key, [](std::pair<int, std::string>& v) { return ++v.first; }), ++model[key].first);
        break;
      default: {
        const auto found = map.get(key);
        EXPECT_EQ(found.has_value(), model.contains(key)) << seed();
        if (found && model.contains(key)) {
          EXPECT_EQ(*found, model[key]);
        }
      }
    }
  }
  world().barrier();
  EXPECT_EQ(map.size(), world().allreduce(model.size(), std::plus{}));
}

TEST(shared_map, moves_and_several_live_side_by_side) {
  shared_map<int, int> first{world()};
  shared_map<int, int> second{world()};
  auto moved = std::move(first);
  moved.put(world().rank(), 1);
  second.put(world().rank(), 2);
  world().barrier();
  EXPECT_EQ(moved.get(0), 1);
  EXPECT_EQ(second.get(world().size() - 1), 2);
}

TEST(shared_map, an_exception_on_one_rank_leaves_the_others_answered) {
  if (world().size() < 2) return;
  try {
    shared_map<int, int> map{world()};
    map.put(world().rank(), world().rank());
    world().barrier();
    if (world().rank() == 0) throw std::runtime_error{"early"};
    for (int key = 0; key != world().size(); ++key) EXPECT_EQ(map.get(key), key);
  } catch (const std::runtime_error&) {
    EXPECT_EQ(world().rank(), 0);
  }
}

}  // namespace
