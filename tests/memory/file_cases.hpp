#pragma once

#include <cohort/memory/file.hpp>

#include "cases.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

namespace cohort::test {

/// A path that nobody else uses, the same on all ranks; removed in the end.
class scratch_file {
 public:
  explicit scratch_file(const std::string& name = "data") {
    long id = ::getpid();
    PMPI_Bcast(&id, 1, MPI_LONG, 0, world());
    path_ = std::filesystem::temp_directory_path() / ("cohort_file_test_" + std::to_string(id) + "_" + name);
    if (world().rank() == 0) std::filesystem::remove(path_);
    barrier();
  }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  ~scratch_file() {
    barrier();
    std::error_code ignored;
    if (world().rank() == 0) std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

  /// What a plain program finds in it. After all ranks have written.
  template <class T>
  [[nodiscard]] std::vector<T> contents() const {
    barrier();
    std::ifstream in{path_, std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(bytes.size() % sizeof(T), 0U);
    std::vector<T> result(bytes.size() / sizeof(T));
    std::copy_n(bytes.data(), result.size() * sizeof(T), reinterpret_cast<char*>(result.data()));
    barrier();
    return result;
  }
  /// Written by a plain program. Collective.
  template <class T>
  void fill(const std::vector<T>& values) const {
    if (world().rank() == 0) {
      std::ofstream out{path_, std::ios::binary | std::ios::trunc};
      out.write(reinterpret_cast<const char*>(values.data()),
                static_cast<std::streamsize>(values.size() * sizeof(T)));
    }
    barrier();
  }

 private:
  std::filesystem::path path_;
};

/// The shares of all ranks one behind the other.
template <class T>
std::vector<T> all_shares(std::size_t n) {
  std::vector<T> result;
  for (int rank = 0; rank != world().size(); ++rank) {
    const auto theirs = share<T>(rank, n);
    result.insert(result.end(), theirs.begin(), theirs.end());
  }
  return result;
}

inline constexpr auto new_file = file_mode::create | file_mode::read_write;

}  // namespace cohort::test
