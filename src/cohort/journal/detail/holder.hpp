#pragma once

#include <string>

namespace cohort::journal::detail {

/// Locks an open journal against other writers, on this machine and on others, and leaves host and process in
/// FILE.holder for those that come meanwhile. The lock is the kernel's (flock): it goes when its holder ends,
/// however that is, and what a killed one has left in FILE.holder hinders nobody. Not every file system has locks
/// (Lustre may be mounted without); a journal there is not protected.
class holder {
 public:
  /// Borrows the descriptor. Throws journal_error, which names the other writer, if there is one.
  holder(int fd, const std::string& file);
  holder(const holder&) = delete;
  holder& operator=(const holder&) = delete;
  /// Takes FILE.holder away. The lock goes when the descriptor is closed, which is to happen next.
  ~holder();

 private:
  std::string name_;
};

}  // namespace cohort::journal::detail
