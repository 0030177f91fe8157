#include "farm/output_writer.hpp"

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/stat.h>

namespace cohort_farm {

void output_writer::write(stream to, bytes_view data) {
  constexpr std::size_t piece = 64 * 1024;
  if (data.empty()) return;
  if (to != pending_for_) flush();
  pending_for_ = to;
  if (pending_.size() + data.size() < piece) {
    pending_ += as_text(data);
    return;
  }
  flush();
  write_now(to, data);
}

void output_writer::flush() {
  // First taken away: after an error the same bytes must not be written again.
  const auto text = std::move(pending_);
  pending_.clear();
  write_now(pending_for_, as_bytes(text));
}

void output_writer::write_now(stream to, bytes_view data) {
  const auto which = static_cast<std::size_t>(to);
  while (!data.empty() && !gone_[which]) {
    const auto wrote = ::write(descriptors_[which], data.data(), data.size());
    if (wrote > 0) {
      line_open_[which] = data[static_cast<std::size_t>(wrote) - 1] != std::byte{'\n'};
      latest_ = to;
      data = data.subspan(static_cast<std::size_t>(wrote));
      written_ += static_cast<std::uint64_t>(wrote);
    } else if (wrote < 0 && errno == EPIPE) {
      gone_[which] = true;
    } else if (wrote < 0 && errno == EAGAIN) {
      pollfd ready{descriptors_[which], POLLOUT, 0};  // somebody who shares it made it non-blocking
      (void)::poll(&ready, 1, -1);
    } else if (wrote == 0 || errno != EINTR) {
      const int error = wrote == 0 ? ENOSPC : errno;
      gone_[which] = true;
      throw farm_error{fmt::format("cannot write to standard {} ({}); {}", to == stream::out ? "output" : "error",
                                   std::strerror(error),
                                   error == EBADF ? "it is closed: redirect it, to /dev/null if it is not wanted"
                                                  : "make room, or use --results on a larger disk")};
    }
  }
}

bool output_writer::in_line() const {
  struct stat out {};
  struct stat err {};
  const bool same = ::fstat(descriptors_[0], &out) == 0 && ::fstat(descriptors_[1], &err) == 0 &&
                    out.st_dev == err.st_dev && out.st_ino == err.st_ino;
  return line_open_[static_cast<std::size_t>(same ? latest_ : stream::err)];
}

}  // namespace cohort_farm
