#pragma once

#include <mpi.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace cohort {

/// How a file is opened: exactly one of read, write and read_write, and any of the others, joined by |.
enum class file_mode : int {
  read = MPI_MODE_RDONLY,
  write = MPI_MODE_WRONLY,
  read_write = MPI_MODE_RDWR,
  create = MPI_MODE_CREATE,                    ///< make it if it is not there
  exclusive = MPI_MODE_EXCL,                   ///< with create: fail if it is there
  append = MPI_MODE_APPEND,                    ///< the pointers begin at its end
  delete_on_close = MPI_MODE_DELETE_ON_CLOSE,  ///< remove it in the end
  unique_open = MPI_MODE_UNIQUE_OPEN           ///< nobody else has it open
};
[[nodiscard]] constexpr file_mode operator|(file_mode a, file_mode b) noexcept {
  return static_cast<file_mode>(static_cast<int>(a) | static_cast<int>(b));
}

struct file_options {
  file_mode mode = file_mode::read;
  /// MPI's hints, such as {"cb_nodes", "4"}; unknown ones are ignored.
  std::vector<std::pair<std::string, std::string>> hints = {};
};

/// What a seek counts from. The end is that of the view.
enum class seek_from : int { start = MPI_SEEK_SET, current = MPI_SEEK_CUR, end = MPI_SEEK_END };

/// A view of every `stride`-th block of `block` elements, from byte `offset` of the file on, without end. Rank r of
/// P sees its blocks of a file dealt out in turn as {.block = b, .stride = P * b, .offset = r * b * sizeof(T)}.
struct vector_view {
  std::size_t block = 1;
  std::size_t stride = 1;
  std::size_t offset = 0;  ///< in bytes
};

/// A view of a part of an n-dimensional array in C order (the last index runs fastest), from byte `offset` on:
/// `subsizes` elements from index `starts` on, of an array of `sizes`.
struct subarray_view {
  std::vector<int> sizes;
  std::vector<int> subsizes;
  std::vector<int> starts;
  std::size_t offset = 0;  ///< in bytes
};

}  // namespace cohort
