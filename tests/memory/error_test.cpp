// Wrong uses of windows are found before the call to MPI.

#include <cohort/memory/window.hpp>

#include "cases.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace {

using namespace cohort::test;
using cohort::lock_type;
using cohort::window;

TEST(window_error, elements_that_are_not_there) {
  for_each_kind<int>(5, [](const window<int>& win) {
    std::vector<int> three(3);
    std::vector<int> room(3);
    int one = 1;
    const auto where = std::to_string(next());
    const auto what =
        "3 elements from offset 3 are not all in the window of rank " + where + " (it has 5 elements)";
    const cohort::remote there{.target = next(), .offset = 3};
    const cohort::remote behind{.target = next(), .offset = 5};
    auto epoch = win.lock_all();
    refused(what, [&] { epoch.put(three, there); });
    refused(what, [&] { epoch.get_into(room, there); });
    refused(what, [&] { (void)epoch.get(3, there); });
    refused(what, [&] { (void)epoch.rput(three, there); });
    refused(what, [&] { (void)epoch.rget_into(room, there); });
    refused(what, [&] { epoch.accumulate(three, std::plus{}, there); });
    refused(what, [&] { epoch.get_accumulate_into(three, room, std::plus{}, there); });
    refused("1 elements from offset 5", [&] { (void)epoch.get(behind); });
    refused("1 elements from offset 5", [&] { epoch.fetch_and_op(1, std::plus{}, behind); });
    refused("1 elements from offset 5", [&] { epoch.compare_and_swap(0, 1, behind); });
    refused("are not all in the window", [&] { (void)epoch.get(static_cast<std::size_t>(-1), there); });
    refused("are not all in the window",
            [&] { epoch.put(one, {.target = next(), .offset = static_cast<std::size_t>(-1)}); });
    std::vector<int> two(2);
    refused("does not have 3 of them", [&] { epoch.get_accumulate_into(three, two, std::plus{}, {.target = 0}); });
    epoch.put(three, {.target = next(), .offset = 2});
    epoch.close();
    barrier();
  });
}

TEST(window_error, targets_that_are_not_there) {
  for_each_kind<int>(5, [](const window<int>& win) {
    const auto size = win.ranks();
    const int one = 1;
    const auto what = "target " + std::to_string(size) + " does not exist (the window has " + std::to_string(size);
    {
      auto epoch = win.lock_all();
      refused(what, [&] { epoch.put(one, {.target = size}); });
      refused("target -1 does not exist", [&] { epoch.put(one, {.target = -1}); });
      refused("no target (it has no default here)", [&] { epoch.put(one, {}); });
      refused(what, [&] { epoch.flush(size); });
    }
    refused(what, [&] { auto epoch = win.lock(size, lock_type::shared); });
    const int group[] = {size};
    refused(what, [&] { auto epoch = win.start(group); });
    refused(what, [&] { auto epoch = win.post(group); });
    barrier();
  });
}

TEST(window_error, targets_that_the_epoch_does_not_reach) {
  if (world().size() == 1) return;
  for_each_kind<int>(5, [](const window<int>& win) {
    const int one = 1;
    {
      auto epoch = win.lock(next(), lock_type::shared);
      refused("target " + std::to_string(world().rank()) + " is not locked (this epoch holds the lock of rank " +
                  std::to_string(next()),
              [&] { epoch.put(one, {.target = world().rank()}); });
    }
    const int from[] = {before()};
    const int to[] = {next()};
    const auto exposed = win.post(from);
    auto epoch = win.start(to);
    refused("is not in the group of start()", [&] { epoch.put(one, {.target = world().rank()}); });
  });
}

TEST(window_error, epochs_one_at_a_time) {
  for_each_kind<int>(1, [](const window<int>& win) {
    const int one = 1;
    const int all[] = {world().rank()};
    {
      auto epoch = win.lock_all();
      refused("the epoch of lock_all() is open", [&] { auto second = win.fence_epoch(); });
      refused("the epoch of lock_all() is open", [&] { auto second = win.lock(0, lock_type::shared); });
      refused("the epoch of lock_all() is open", [&] { auto second = win.lock_all(); });
      refused("the epoch of lock_all() is open", [&] { auto second = win.start(all); });
      epoch.close();
      epoch.close();
      refused("the epoch is over", [&] { epoch.put(one, {.target = 0}); });
      refused("the epoch is over", [&] { epoch.flush(); });
      refused("the epoch is over", [&] { epoch.sync(); });
    }
    auto epoch = win.fence_epoch();
    refused("the epoch of fence_epoch() is open", [&] { auto second = win.lock_all(); });
    epoch.close();
    refused("the epoch is over", [&] { epoch.fence(); });
    auto exposed = win.post(all);
    refused("the exposure of an earlier post() is not over", [&] { auto second = win.post(all); });
    { auto access = win.start(all); }
    exposed.wait();
    EXPECT_TRUE(exposed.test());
    barrier();
  });
}

TEST(window_error, empty_windows) {
  const window<int> none;
  EXPECT_FALSE(none);
  EXPECT_TRUE(none.local().empty());
  EXPECT_EQ(none.size(), 0U);
  refused("the window is empty", [&] { auto epoch = none.fence_epoch(); });
  refused("the window is empty", [&] { auto epoch = none.lock(0, lock_type::shared); });
  refused("the window is empty", [&] { auto epoch = none.lock_all(); });
  refused("the window is empty", [&] { auto epoch = none.post({}); });
  refused("the window is empty", [&] { auto epoch = none.start({}); });
  refused("the communicator is empty", [] { const window<int> made{cohort::communicator{}, 3}; });
}

}  // namespace
