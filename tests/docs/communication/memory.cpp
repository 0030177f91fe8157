// The examples of docs/communication.md about memory that several ranks reach, and files.
#include <cohort/cohort.hpp>

#include "support/world.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <mutex>
#include <numeric>
#include <span>
#include <string>
#include <unistd.h>
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

/// A file of the temporary directory, of the same name on every rank; gone afterwards.
struct scratch_file {
  std::string path;
  explicit scratch_file(const std::string& name)
      : path{world().bcast(
            (std::filesystem::temp_directory_path() / (name + std::to_string(::getpid()))).string())} {}
  ~scratch_file() {
    world().barrier();
    if (world().rank() == 0) std::filesystem::remove(path);
    world().barrier();
  }
};

TEST(docs_memory, file) {
  const scratch_file scratch{"cohort_docs_file"};
  const auto& path = scratch.path;
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
}

TEST(docs_memory, shared_pointer) {
  const scratch_file scratch{"cohort_docs_shared_pointer"};
  const auto& path = scratch.path;
  const int me = world().rank();
  const auto size = static_cast<std::size_t>(world().size());
  // example: file_shared
  cohort::file log{world(), path, {.mode = cohort::file_mode::read_write | cohort::file_mode::create}};
  log.preallocate(2 * sizeof(int) * size);  // the space is there now, or this throws
  const std::vector<int> record{me, 10 * me};
  log.write_shared(record);  // behind what any rank has written so far, whoever comes first
  log.sync();
  world().barrier();
  log.seek_shared<int>(0);  // collective
  std::vector<int> one(2);
  EXPECT_EQ(log.read_shared(one), 2U);  // each record goes to one rank
  EXPECT_EQ(one[1], 10 * one[0]);
  log.close();
  // end
  EXPECT_EQ(world().allreduce(one[0], std::plus{}), world().size() * (world().size() - 1) / 2);
  EXPECT_EQ(std::filesystem::file_size(path), 2 * sizeof(int) * size);
}

TEST(docs_memory, vector_view) {
  const scratch_file scratch{"cohort_docs_vector_view"};
  const auto& path = scratch.path;
  const auto me = static_cast<std::size_t>(world().rank());
  const auto size = static_cast<std::size_t>(world().size());
  // example: file_vector_view
  cohort::file table{world(), path, {.mode = cohort::file_mode::read_write | cohort::file_mode::create}};
  // Of each row of `size` numbers this rank sees the one in its column.
  table.set_view<double>(cohort::vector_view{.block = 1, .stride = size, .offset = me * sizeof(double)});
  const std::vector<double> column{1.0, 2.0, 3.0};
  table.write_at_all(0, column);  // three rows
  table.sync();
  world().barrier();
  table.clear_view();                                                            // the whole file again: row by row
  EXPECT_EQ(table.read_at<double>(size, size), std::vector<double>(size, 2.0));  // the second row
  table.close();
  // end
}

TEST(docs_memory, subarray_view) {
  const scratch_file scratch{"cohort_docs_subarray_view"};
  const auto& path = scratch.path;
  const int me = world().rank();
  const int size = world().size();
  // example: file_subarray_view
  cohort::file field{world(), path, {.mode = cohort::file_mode::read_write | cohort::file_mode::create}};
  // A matrix of 4 rows and 3 columns per rank, of which this rank has its 3 columns.
  field.set_view<double>(cohort::subarray_view{.sizes = {4, 3 * size}, .subsizes = {4, 3}, .starts = {0, 3 * me}});
  const std::vector<double> mine(4 * 3, static_cast<double>(me));  // as it lies here: row by row
  field.write_at_all(0, mine);
  std::vector<double> again(mine.size());
  field.sync();
  world().barrier();
  EXPECT_EQ(field.read_at_all(0, again), mine.size());
  EXPECT_EQ(again, mine);
  field.close();
  // end
}

}  // namespace
