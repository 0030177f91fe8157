#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

/// A control group of the kernel's in which processes have little memory, as long as this object lives. Making one
/// takes a right that not everybody has.
class little_memory {
 public:
  explicit little_memory(std::size_t bytes);
  little_memory(const little_memory&) = delete;
  little_memory& operator=(const little_memory&) = delete;
  ~little_memory();

  /// To be given to enter(); empty if there is no such group here.
  [[nodiscard]] std::string where() const { return group_.string(); }

  /// The calling process belongs to the group from now on. False: it cannot.
  static bool enter(const std::string& where);

 private:
  std::filesystem::path group_;
};
