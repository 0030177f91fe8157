#include "farm/output_writer.hpp"

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <poll.h>
#include <string_view>
#include <sys/stat.h>

namespace cohort_farm {

namespace {

using clock = output_writer::clock;

bool may_wait(int descriptor) {
  struct stat about {};
  return ::fstat(descriptor, &about) == 0 && !S_ISREG(about.st_mode);
}

/// Waits until then; true too if a write would fail.
bool writable(int descriptor, clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
  pollfd one{descriptor, POLLOUT, 0};
  return ::poll(&one, 1, left > 0 ? static_cast<int>(left) : 0) > 0;
}

farm_error failed(stream to, int error) {
  return farm_error{fmt::format("cannot write to standard {} ({}); {}", to == stream::out ? "output" : "error",
                                std::strerror(error),
                                error == EBADF ? "it is closed: redirect it, to /dev/null if it is not wanted"
                                               : "make room, or use --results on a larger disk")};
}

}  // namespace

output_writer::output_writer(int out, int err) : descriptors_{out, err}, slow_{may_wait(out), may_wait(err)} {}

void output_writer::write(stream to, bytes_view data) {
  if (data.empty() || gone_[static_cast<std::size_t>(to)]) return;
  if (kept_.empty() || kept_.back().to != to || kept_.back().bytes.size() >= piece) kept_.push_back({to, {}});
  kept_.back().bytes += as_text(data);
  kept_bytes_ += data.size();
  if (full()) (void)flush();
}

bool output_writer::flush(clock::time_point until) {
  while (!kept_.empty()) {
    if (!write_first(until)) return false;
  }
  return true;
}

/// Writes some of it; false: its reader takes nothing until then.
bool output_writer::write_first(clock::time_point until) {
  const auto& first = kept_.front();
  const auto to = first.to;
  const auto which = static_cast<std::size_t>(to);
  const int fd = descriptors_[which];
  // The descriptor is shared with others, and may block: a write of PIPE_BUF does not if there is room.
  if (slow_[which] && !writable(fd, until)) return false;
  const auto all = std::string_view{first.bytes}.substr(first.begin);
  const auto wrote =
      ::write(fd, all.data(), slow_[which] ? std::min<std::size_t>(all.size(), PIPE_BUF) : all.size());
  if (wrote > 0) {
    taken(static_cast<std::size_t>(wrote));
    return true;
  }
  const int error = wrote == 0 ? ENOSPC : errno;
  if (error == EINTR) return true;
  if (error == EAGAIN) return writable(fd, until);  // somebody who shares it made it non-blocking
  gone_[which] = true;
  drop_first();  // after an error the same bytes must not be written again
  if (error != EPIPE) throw failed(to, error);
  return true;
}

void output_writer::taken(std::size_t count) {
  auto& first = kept_.front();
  line_open_[static_cast<std::size_t>(first.to)] = first.bytes[first.begin + count - 1] != '\n';
  latest_ = first.to;
  first.begin += count;
  kept_bytes_ -= count;
  written_ += count;
  if (first.begin == first.bytes.size()) kept_.pop_front();
}

/// And all else that is for the same reader, who is gone.
void output_writer::drop_first() {
  const auto to = kept_.front().to;
  for (auto each = kept_.begin(); each != kept_.end();) {
    if (each->to == to) {
      kept_bytes_ -= each->bytes.size() - each->begin;
      each = kept_.erase(each);
    } else {
      ++each;
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
