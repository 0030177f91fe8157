// What goes wrong with files names the path, the routine and the caller's line, and says what to do.

#include "file_cases.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace {

using namespace cohort::test;
using cohort::file;
using cohort::file_mode;
using cohort::mpi_error;

TEST(file_error, no_such_file) {
  const scratch_file scratch{"absent"};
  const auto open = [&] { const file in{world(), scratch.path()}; };
  refused<mpi_error>("MPI_File_open failed on rank " + std::to_string(world().rank()), open);
  refused<mpi_error>(scratch.path(), open);
  refused<mpi_error>("check the path on every node, or open it with file_mode::create", open);
  refused<mpi_error>("MPI_File_delete failed", [&] { file::remove(scratch.path()); });
  barrier();
  EXPECT_FALSE(std::filesystem::exists(scratch.path()));
}

TEST(file_error, already_there) {
  const scratch_file scratch;
  scratch.fill(std::vector<int>{1});
  refused<mpi_error>("choose another path, or open it without file_mode::exclusive", [&] {
    const file out{world(), scratch.path(), {.mode = file_mode::create | file_mode::exclusive | file_mode::write}};
  });
}

TEST(file_error, a_directory) {
  refused<mpi_error>("the path names no ordinary file", [] {
    const file out{world(), std::filesystem::temp_directory_path().string(), {.mode = file_mode::read_write}};
  });
}

TEST(file_error, contradictory_modes) {
  const scratch_file scratch;
  refused<mpi_error>("give exactly one of read, write and read_write", [&] {
    const file out{world(), scratch.path(), {.mode = file_mode::read | file_mode::read_write}};
  });
}

TEST(file_error, read_only_and_write_only) {
  const scratch_file scratch;
  scratch.fill(std::vector<int>{1, 2, 3});
  const auto advice = "open it with file_mode::read_write or file_mode::write";
  const std::vector<int> values(3);
  {
    const file in{world(), scratch.path()};
    refused<mpi_error>(advice, [&] { in.write_at(0, values); });
    refused<mpi_error>(advice, [&] { in.write_at_all(0, values); });
    refused<mpi_error>(advice, [&] { in.write(values); });
    refused<mpi_error>(advice, [&] { (void)in.iwrite_at(0, values); });
    refused<mpi_error>(advice, [&] { in.set_size(0); });
    refused<mpi_error>(advice, [&] { in.preallocate(100); });
    refused<mpi_error>("MPI_File_write_at", [&] { in.write_at(0, values); });
    refused<mpi_error>("count 3", [&] { in.write_at(0, values); });
    refused<mpi_error>(scratch.path(), [&] { in.write_at(0, values); });
  }
  const file out{world(), scratch.path(), {.mode = file_mode::write}};
  std::vector<int> room(3);
  refused<mpi_error>("opened with a mode that allows this", [&] { (void)out.read_at(0, room); });
}

TEST(file_error, closed_and_empty) {
  const scratch_file scratch;
  file out{world(), scratch.path(), {.mode = new_file}};
  out.close();
  refused("the file is closed; open it again", [&] { out.write_at(0, 1); });
  refused("the file is closed", [&] { (void)out.size(); });
  refused("the file is closed", [&] { out.set_size(3); });
  refused("the file is closed", [&] { out.seek<int>(0); });
  refused("the file is closed", [&] { out.set_view<int>(0); });
  const file none;
  refused("the file is empty", [&] { none.write_at(0, 1); });
  refused("the file is empty", [&] { (void)none.size(); });
  refused("the communicator is empty", [&] { const file in{cohort::communicator{}, scratch.path()}; });
}

TEST(file_error, offsets_that_cannot_be) {
  const scratch_file scratch;
  const file out{world(), scratch.path(), {.mode = new_file}};
  refused("is beyond what files can hold; is it negative?", [&] { out.write_at(static_cast<std::size_t>(-1), 1); });
  refused("offset -2 is before the start", [&] { out.seek<int>(-2); });
}

TEST(file_error, an_exception_leaves_the_file_to_the_end_of_mpi) {
  const scratch_file scratch;
  const auto fails = [&] {
    const file out{world(), scratch.path(), {.mode = new_file}};
    throw std::runtime_error{"stop"};
  };
  EXPECT_THROW(fails(), std::runtime_error);
}

}  // namespace
