#pragma once

#include <unistd.h>
#include <utility>

namespace cohort::journal::detail {

/// Owns a file descriptor.
class file_handle {
 public:
  explicit file_handle(int fd = -1) noexcept : fd_{fd} {}
  file_handle(file_handle&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  file_handle& operator=(file_handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  file_handle(const file_handle&) = delete;
  file_handle& operator=(const file_handle&) = delete;
  ~file_handle() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

}  // namespace cohort::journal::detail
