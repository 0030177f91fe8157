#pragma once

#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace cohort_apps {

/// Owns a file descriptor.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_{fd} {}
  descriptor(descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset(int fd = -1) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

  /// A program may be started without standard input, output or error; what it then opens gets those numbers, and
  /// would be overwritten where a child's own are put in place. This moves such a descriptor out of the way.
  void lift() noexcept {
    if (fd_ >= 0 && fd_ <= STDERR_FILENO) reset(::fcntl(fd_, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }

 private:
  int fd_ = -1;
};

}  // namespace cohort_apps
