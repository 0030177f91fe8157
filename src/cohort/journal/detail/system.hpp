#pragma once

#include <cstddef>
#include <sys/types.h>
#include <unistd.h>

namespace cohort::journal::detail {

/// The calls by which a writer changes its file, so that tests can count them and let them fail. Each is as the one
/// of the operating system that it makes.
class system {
 public:
  system() = default;
  system(const system&) = delete;
  system& operator=(const system&) = delete;
  virtual ~system() = default;

  virtual ssize_t pwrite(int fd, const void* from, std::size_t n, off_t at) { return ::pwrite(fd, from, n, at); }
  virtual int fdatasync(int fd) { return ::fdatasync(fd); }
  virtual int ftruncate(int fd, off_t length) { return ::ftruncate(fd, length); }
  virtual int fsync_directory(int fd) { return ::fsync(fd); }
};

}  // namespace cohort::journal::detail
