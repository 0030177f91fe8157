// Epochs: when operations are complete, and how windows end.

#include <cohort/memory/window.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace {

using namespace cohort::test;
using cohort::lock_type;
using cohort::window;

TEST(epoch, a_fence_within_completes_what_was_done) {
  for_each_kind<int>(ranks(), [](const window<int>& win) {
    auto epoch = win.fence_epoch();
    int passed = world().rank();
    // After P steps each rank's number has been everywhere.
    for (int step = 0; step != world().size(); ++step) {
      epoch.put(passed, {.target = next(), .offset = static_cast<std::size_t>(step)});
      epoch.fence();
      passed = win.local()[static_cast<std::size_t>(step)];
    }
    epoch.close();
    EXPECT_EQ(passed, world().rank());
  });
}

TEST(epoch, post_and_start_form_a_ring) {
  for_each_kind<int>(2, [](const window<int>& win) {
    const int from[] = {before()};
    const int to[] = {next()};
    for (int i = 0; i != 20; ++i) {
      auto exposed = win.post(from);
      {
        auto epoch = win.start(to);
        const int value = 100 * world().rank() + i;
        epoch.put(value, {.target = next(), .offset = 1});
        epoch.close();
      }
      if (i % 2 == 0) {
        exposed.wait();
      } else {
        while (!exposed.test()) {
        }
      }
      EXPECT_EQ(win.local()[1], 100 * before() + i);
    }
  });
}

TEST(epoch, post_to_all_and_start_with_all) {
  for_each_kind<int>(ranks(), [](const window<int>& win) {
    std::vector<int> all(ranks());
    std::iota(all.begin(), all.end(), 0);
    const int mine = world().rank() + 7;
    {
      const auto exposed = win.post(all);
      auto epoch = win.start(all);
      for (const int rank : all) epoch.put(mine, {.target = rank, .offset = me()});
    }  // the epoch ends first, then the exposure
    for (std::size_t rank = 0; rank != ranks(); ++rank) EXPECT_EQ(win.local()[rank], static_cast<int>(rank) + 7);
  });
}

TEST(epoch, an_exclusive_lock_is_held_by_one) {
  for_each_kind<int>(2, [](const window<int>& win) {
    for (int i = 0; i != 50; ++i) {
      auto epoch = win.lock(0, lock_type::exclusive);
      // Two elements that only the lock keeps together.
      auto both = epoch.get(2, {});
      EXPECT_EQ(both[0], both[1]);
      ++both[0];
      ++both[1];
      epoch.put(both, {});
      epoch.flush();
    }
    barrier();
    auto epoch = win.lock(0, lock_type::shared);
    EXPECT_EQ(epoch.get({}), 50 * world().size());
    epoch.close();
    barrier();
  });
}

TEST(epoch, several_ranks_may_be_locked_at_once) {
  for_each_kind<int>(1, [](const window<int>& win) {
    const int one = 1;
    {
      auto first = win.lock(0, lock_type::shared);
      if (world().size() > 1) {
        auto second = win.lock(1, lock_type::shared);
        second.accumulate(one, std::plus{}, {});
        second.flush_local();
      }
      first.accumulate(one, std::plus{}, {});
    }
    barrier();
    EXPECT_EQ(win.local()[0], me() < 2 ? world().size() : 0);
    barrier();
  });
}

TEST(epoch, flushes_of_one_and_of_all) {
  for_each_kind<int>(1, [](const window<int>& win) {
    auto epoch = win.lock_all();
    int mine = world().rank();
    epoch.put(mine, {.target = next()});
    epoch.flush_local(next());
    mine = -1;  // free again
    epoch.flush_local();
    epoch.flush(next());
    epoch.flush();
    barrier();
    epoch.sync();
    EXPECT_EQ(win.local()[0], before());
    EXPECT_EQ(epoch.get({.target = next()}), world().rank());
    barrier();
  });
}

TEST(epoch, the_window_may_move_while_one_is_open) {
  window<int> win{world(), 3};
  const int value = 9;
  {
    auto epoch = win.lock(next(), lock_type::shared);
    const auto elsewhere = std::move(win);
    EXPECT_FALSE(win);
    epoch.put(value, {.offset = 2});
    epoch.close();
    barrier();
    EXPECT_EQ(elsewhere.local()[2], 9);
  }
}

TEST(epoch, an_exception_of_one_rank_gives_its_lock_back) {
  const window<int> win{world(), 1};
  const auto fails = [&] {
    auto epoch = win.lock(0, lock_type::exclusive);
    throw std::runtime_error{"stop"};
  };
  if (world().rank() == world().size() - 1) {
    EXPECT_THROW(fails(), std::runtime_error);
  }
  const int one = 1;
  {
    auto epoch = win.lock(0, lock_type::exclusive);
    epoch.accumulate(one, std::plus{}, {});
  }
  barrier();
  if (world().rank() == 0) {
    EXPECT_EQ(win.local()[0], world().size());
  }
  barrier();
}

TEST(epoch, a_window_that_an_exception_ends_waits_for_nobody) {
  const auto fails = [] {
    const window<int> win{world(), 1};
    if (world().rank() == 0) throw std::runtime_error{"stop"};
    win.local()[0] = 1;
    // The other ranks end their window by MPI_Win_free, which waits for rank 0: it leaves its own to MPI_Finalize.
    // So they throw too.
    throw std::runtime_error{"stop"};
  };
  EXPECT_THROW(fails(), std::runtime_error);
}

}  // namespace
