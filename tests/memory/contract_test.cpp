// Which MPI functions an operation calls, and that it does not allocate.

#include <cohort/memory.hpp>

#include "file_cases.hpp"
#include "support/cost.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace {

using namespace cohort::test;
using cohort::lock_type;

TEST(memory_contract, operations_of_an_epoch_are_one_call) {
  const cohort::window<int> win{world(), 10};
  std::vector<int> values(10, 1);
  std::vector<int> room(10);
  int old = 0;
  const cohort::remote there{.target = next()};
  {
    auto epoch = win.lock_all();
    EXPECT_EQ(cost([&] { epoch.put(values, there); }), "MPI_Put 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.flush(next()); }), "MPI_Win_flush 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.get_into(room, there); }), "MPI_Get 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.flush(); }), "MPI_Win_flush_all 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.accumulate(values, std::plus{}, there); }), "MPI_Accumulate 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.flush_local(next()); }), "MPI_Win_flush_local 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.get_accumulate_into(values, room, std::plus{}, there); }),
              "MPI_Get_accumulate 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.flush_local(); }), "MPI_Win_flush_local_all 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.fetch_and_op_into(1, old, std::plus{}, there); }),
              "MPI_Fetch_and_op 1; allocations 0");
    epoch.flush();
    EXPECT_EQ(cost([&] { epoch.compare_and_swap_into(1, 2, old, there); }),
              "MPI_Compare_and_swap 1; allocations 0");
    epoch.flush();
    EXPECT_EQ(cost([&] { (void)epoch.get(there); }), "MPI_Get 1, MPI_Win_flush 1; allocations 0");
    EXPECT_EQ(cost([&] { (void)epoch.get(10, there); }), "MPI_Get 1, MPI_Win_flush 1; allocations 1");
    EXPECT_EQ(cost([&] { epoch.fetch_and_op(1, std::plus{}, there); }),
              "MPI_Fetch_and_op 1, MPI_Win_flush 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.rput(values, there).wait(); }), "MPI_Rput 1, MPI_Wait 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.rget_into(room, there).wait(); }), "MPI_Rget 1, MPI_Wait 1; allocations 0");
    EXPECT_EQ(cost([&] { epoch.sync(); }), "MPI_Win_sync 1; allocations 0");
    // Refused before any call.
    EXPECT_EQ(calls([&] { refused("not all in", [&] { epoch.put(values, {.target = next(), .offset = 1}); }); }),
              "");
  }
  barrier();
}

TEST(memory_contract, epochs_are_the_calls_that_they_name) {
  const cohort::window<int> win{world(), 1};
  EXPECT_EQ(cost([&] { auto epoch = win.fence_epoch(); }), "MPI_Win_fence 2; allocations 0");
  EXPECT_EQ(cost([&] { auto epoch = win.lock(next(), lock_type::shared); }),
            "MPI_Win_lock 1, MPI_Win_unlock 1; allocations 0");
  EXPECT_EQ(cost([&] { auto epoch = win.lock_all(); }), "MPI_Win_lock_all 1, MPI_Win_unlock_all 1; allocations 0");
  const int from[] = {before()};
  const int to[] = {next()};
  EXPECT_EQ(calls([&] {
              const auto exposed = win.post(from);
              const auto epoch = win.start(to);
            }),
            "MPI_Win_complete 1, MPI_Win_get_group 2, MPI_Win_post 1, MPI_Win_start 1, MPI_Win_wait 1");
  barrier();
}

TEST(memory_contract, windows_are_made_and_freed_once) {
  EXPECT_EQ(calls([] {
              const cohort::window<int> win{world(), 3};
            }),
            "MPI_Allgather 1, MPI_Win_allocate 1, MPI_Win_free 1, MPI_Win_set_errhandler 1");
  std::vector<int> memory(3);
  const auto over_memory = calls([&] { const cohort::window<int> win{world(), std::span{memory}}; });
  EXPECT_EQ(over_memory, world().size() == 1
                             ? ""
                             : "MPI_Allgather 1, MPI_Win_create 1, MPI_Win_free 1, MPI_Win_set_errhandler 1");
}

TEST(memory_contract, shared_windows) {
  const cohort::shared_window<int> table{world(), 100};
  EXPECT_EQ(cost([&] { table.fence(); }), "MPI_Barrier 1, MPI_Win_sync 2; allocations 0");
  EXPECT_EQ(cost([&] { table.sync(); }), "MPI_Win_sync 1; allocations 0");
  EXPECT_EQ(cost([&] { table.fill_once([](std::span<int>) {}); }),
            "MPI_Barrier 1, MPI_Bcast 1, MPI_Win_sync 4; allocations 0");
  const std::vector<int> data(100);
  EXPECT_EQ(cost([&] { table.bcast(data); }), "MPI_Barrier 3, MPI_Win_sync 6; allocations 0");
  barrier();
}

TEST(memory_contract, counters_and_mutexes) {
  cohort::distributed_counter counter{world()};
  EXPECT_EQ(cost([&] { counter.fetch_add(); }), "MPI_Fetch_and_op 1, MPI_Win_flush 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)counter.load(); }), "MPI_Fetch_and_op 1, MPI_Win_flush 1; allocations 0");
  cohort::distributed_mutex mutex{world()};
  for (int rank = 0; rank != world().size(); ++rank) {
    if (world().rank() == rank) {
      EXPECT_EQ(cost([&] { mutex.lock(); }), "MPI_Fetch_and_op 3, MPI_Win_flush 3; allocations 0");
      EXPECT_EQ(cost([&] { mutex.unlock(); }), "MPI_Compare_and_swap 1, MPI_Win_flush 1; allocations 0");
    }
    barrier();
  }
}

TEST(memory_contract, files) {
  const scratch_file scratch;
  cohort::file both{world(), scratch.path(), {.mode = new_file}};
  const std::vector<double> values(10);
  std::vector<double> room(10);
  const std::string size = "MPI_File_get_size 1, ";
  EXPECT_EQ(cost([&] { both.write_at(10 * me(), values); }), "MPI_File_write_at 1; allocations 0");
  EXPECT_EQ(cost([&] { both.write_at_all(10 * me(), values); }), "MPI_File_write_at_all 1; allocations 0");
  EXPECT_EQ(cost([&] { both.write(values); }), "MPI_File_write 1; allocations 0");
  EXPECT_EQ(cost([&] { both.write_all(values); }), "MPI_File_write_all 1; allocations 0");
  EXPECT_EQ(cost([&] { both.write_shared(values); }), "MPI_File_write_shared 1; allocations 0");
  barrier();
  EXPECT_EQ(cost([&] { both.write_ordered(values); }), "MPI_File_write_ordered 1; allocations 0");
  EXPECT_EQ(cost([&] { both.iwrite_at(10 * me(), values).wait(); }),
            "MPI_File_iwrite_at 1, MPI_Wait 1; allocations 0");
  both.sync();
  EXPECT_EQ(cost([&] { (void)both.read_at(0, room); }), size + "MPI_File_read_at 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)both.read_at_all(0, room); }), size + "MPI_File_read_at_all 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)both.read(room); }),
            "MPI_File_get_position 1, " + size + "MPI_File_read 1; allocations 0");
  EXPECT_EQ(cost([&] { (void)both.iread_at<double>(0, 10).wait(); }),
            size + "MPI_File_iread_at 1, MPI_Wait 1; allocations 1");
  EXPECT_EQ(calls([&] { both.close(); }), "MPI_File_close 1");
}

}  // namespace
