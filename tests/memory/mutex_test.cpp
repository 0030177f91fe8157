// Mutual exclusion, seen on a number that nothing but the mutex protects.

#include <cohort/memory/mutex.hpp>
#include <cohort/memory/window.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <mutex>

namespace {

using namespace cohort::test;
using cohort::distributed_mutex;

/// Adds one in two steps between which another rank could come.
void add_one(const cohort::window<int>& win) {
  auto epoch = win.lock(0, cohort::lock_type::shared);
  const int next_value = epoch.get({}) + 1;
  epoch.put(next_value, {});
}

int total(const cohort::window<int>& win) {
  barrier();
  int result = 0;
  {
    auto epoch = win.lock(0, cohort::lock_type::shared);
    result = epoch.get({});
  }
  barrier();
  return result;
}

TEST(distributed_mutex, one_rank_at_a_time_for_every_host) {
  for (int host = 0; host != world().size(); ++host) {
    distributed_mutex mutex{world(), {.host = host}};
    const cohort::window<int> win{world(), 1};
    for (int i = 0; i != 100; ++i) {
      const std::lock_guard lock{mutex};
      EXPECT_TRUE(mutex.owns());
      add_one(win);
    }
    EXPECT_FALSE(mutex.owns());
    EXPECT_EQ(total(win), 100 * world().size());
  }
}

TEST(distributed_mutex, try_lock_takes_it_or_leaves_it) {
  distributed_mutex mutex{world()};
  const cohort::window<int> win{world(), 1};
  for (int i = 0; i != 30;) {
    std::unique_lock lock{mutex, std::try_to_lock};
    if (!lock) continue;
    add_one(win);
    ++i;
  }
  EXPECT_EQ(total(win), 30 * world().size());
  // Held by rank 0, the others do not get it.
  if (world().rank() == 0) mutex.lock();
  barrier();
  EXPECT_FALSE(mutex.try_lock());
  barrier();
  if (world().rank() == 0) mutex.unlock();
  barrier();
}

TEST(distributed_mutex, both_ways_to_lock_together) {
  distributed_mutex mutex{world(), {.host = world().size() - 1}};
  const cohort::window<int> win{world(), 1};
  for (int i = 0; i != 40; ++i) {
    if ((i + world().rank()) % 2 == 0) {
      mutex.lock();
    } else {
      while (!mutex.try_lock()) {
      }
    }
    add_one(win);
    mutex.unlock();
  }
  EXPECT_EQ(total(win), 40 * world().size());
}

TEST(distributed_mutex, misuse) {
  distributed_mutex mutex{world()};
  refused("does not hold the mutex; lock it first", [&] { mutex.unlock(); });
  {
    const std::lock_guard lock{mutex};
    refused("holds the mutex already", [&] { mutex.lock(); });
    EXPECT_FALSE(mutex.try_lock());
  }
  refused("root -1 does not exist", [] { const distributed_mutex wrong{world(), {.host = -1}}; });
}

}  // namespace
