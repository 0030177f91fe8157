#pragma once

#include "farm/wire.hpp"

#include <string>
#include <unistd.h>

namespace cohort_farm {

/// Writes the tasks' outputs to our standard output and error. Tasks stay unmixed because their owner writes one to
/// its end before it begins the next; small pieces of standard output are collected until flush(), a piece for the
/// other stream, or 64 KiB, so that both keep their order.
///
/// Needs SIGPIPE ignored. When nobody reads a stream any more (| head), what is written to it is dropped and
/// reader_gone() says so: the owner should end the run quietly, with its log written.
class output_writer {
 public:
  explicit output_writer(int out = STDOUT_FILENO, int err = STDERR_FILENO) : descriptors_{out, err} {}

  /// Blocks while the reader is slow. Throws farm_error (disk full ...).
  void write(stream to, bytes_view data);
  /// Call it when a task that may be waited for has ended; the destructor writes nothing.
  void flush();

  [[nodiscard]] bool reader_gone() const noexcept { return gone_[0]; }
  /// Whether what is written to standard error next would continue a task's last line.
  [[nodiscard]] bool in_line() const;
  /// Bytes that were taken by the reader or the file.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  void write_now(stream to, bytes_view data);

  int descriptors_[2];
  bool gone_[2] = {false, false};
  bool line_open_[2] = {false, false};
  stream latest_ = stream::out;
  std::string pending_;
  stream pending_for_ = stream::out;
  std::uint64_t written_ = 0;
};

}  // namespace cohort_farm
