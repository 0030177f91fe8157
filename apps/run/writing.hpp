#pragma once

#include <climits>
#include <cstddef>
#include <poll.h>

namespace cohort_run {

/// So much can be written without blocking where poll() says that there is room.
inline constexpr std::size_t at_once = PIPE_BUF;

/// Whether a write of at_once bytes would not block; true too if it would fail. Waits for it for so long.
[[nodiscard]] inline bool writable(int fd, int milliseconds = 0) {
  pollfd one{fd, POLLOUT, 0};
  return ::poll(&one, 1, milliseconds) > 0;
}

}  // namespace cohort_run
