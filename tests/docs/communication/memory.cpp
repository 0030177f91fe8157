// The examples of docs/communication.md about memory that several ranks reach, and files.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <vector>

namespace {

using cohort::test::world;

TEST(docs_memory, shared_window) {
  // example: shared_window
  cohort::shared_window<double> table{world(), 1000};  // one copy per node
  table.fill_once([](std::span<double> all) { std::iota(all.begin(), all.end(), 0.0); });
  EXPECT_EQ(table.span()[999], 999.0);  // on every rank, without a copy
  // end
}

TEST(docs_memory, window) {
  const int next = (world().rank() + 1) % world().size();
  // example: window
  cohort::window<double> win{world(), 10};  // ten elements on each rank, zeroed
  const std::vector<double> two{1.5, 2.5};
  {
    auto epoch = win.lock(next, cohort::lock_type::shared);
    epoch.put(two, {.offset = 4});
  }  // complete at the target
  world().barrier();
  EXPECT_EQ(win.local()[5], 2.5);
  // end
  world().barrier();
}

TEST(docs_memory, counter_and_mutex) {
  // example: counter
  cohort::distributed_counter tickets{world()};
  const auto mine = tickets.fetch_add(1);  // each number once
  cohort::distributed_mutex mutex{world()};
  { const std::lock_guard only_one{mutex}; }
  // end
  EXPECT_GE(mine, 0);
  world().barrier();
}

TEST(docs_memory, file) {
  const auto path =
      world().bcast(std::string{(std::filesystem::temp_directory_path() / "cohort_docs_file").string()});
  // example: file
  cohort::file out{world(), path, {.mode = cohort::file_mode::read_write | cohort::file_mode::create}};
  const std::vector<int> mine(100, world().rank());
  out.write_at_all(100 * static_cast<std::size_t>(world().rank()), mine);  // offsets in elements
  out.sync();
  world().barrier();  // sync, barrier: now every rank reads what any of them wrote
  auto again = out.read_at<int>(100 * static_cast<std::size_t>(world().rank()), 100);
  // end
  EXPECT_EQ(again, mine);
  EXPECT_EQ(out.size(), 400U * static_cast<std::size_t>(world().size()));
  out.close();
  if (world().rank() == 0) std::filesystem::remove(path);
  world().barrier();
}

}  // namespace
