#pragma once

#include <cerrno>
#include <cstddef>
#include <fcntl.h>

namespace cohort::detail {

/// Room in an object of shared memory, found now and not by a signal when it is written to; 0 or an error number.
inline int make_room(int descriptor, std::size_t bytes) {
  int code = 0;
  do {
    code = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes));
  } while (code == EINTR);
  return code;
}

}  // namespace cohort::detail
