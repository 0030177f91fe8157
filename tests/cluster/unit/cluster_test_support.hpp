#pragma once

#include <cohort/core/error.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <unistd.h>

namespace cluster_test {

/// Expects `call` to throw a cohort::error with `part` in its message.
template <class Call>
void expect_error(const std::string& about, const std::string& part, Call&& call) {
  try {
    call();
    ADD_FAILURE() << about << ": accepted; expected: " << part;
  } catch (const cohort::error& e) {
    EXPECT_NE(std::string{e.what()}.find(part), std::string::npos) << about << ": " << e.what();
  }
}

/// A directory that ends with this object.
class scratch {
 public:
  scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "cohort_cluster_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error{errno, std::generic_category(), name};
    root_ = name;
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name = {}) const { return (root_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream{root_ / name} << text;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace cluster_test
