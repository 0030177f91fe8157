#pragma once

#include "farm/wire.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <unistd.h>

namespace cohort_farm {

/// Writes the tasks' outputs to our standard output and error. Tasks stay unmixed because their owner writes one to
/// its end before it begins the next; small pieces of standard output are collected until flush(), or 64 KiB, and
/// both streams keep their order. A reader that takes its time does not hold up its owner: what he does not take is
/// kept.
///
/// Needs SIGPIPE ignored. When nobody reads a stream any more (| head), what is written to it is dropped and
/// reader_gone() says so: the owner should end the run quietly, with its log written.
class output_writer {
 public:
  using clock = std::chrono::steady_clock;
  /// The descriptors stay the caller's.
  explicit output_writer(int out = STDOUT_FILENO, int err = STDERR_FILENO);

  /// Takes it, and writes what can be written if much is kept. Throws farm_error (disk full ...).
  void write(stream to, bytes_view data);
  /// Call it when a task that may be waited for has ended; the destructor writes nothing. Waits for a slow reader
  /// until then. True: all was taken, or nobody reads any more. Throws farm_error.
  bool flush(clock::time_point until = {});

  /// So much is kept that nothing should be added before flush() has returned true.
  [[nodiscard]] bool full() const noexcept { return kept_bytes_ >= piece; }
  [[nodiscard]] bool empty() const noexcept { return kept_.empty(); }
  [[nodiscard]] bool reader_gone() const noexcept { return gone_[0]; }
  /// Whether what is written to standard error next would continue a task's last line.
  [[nodiscard]] bool in_line() const;
  /// Bytes that were taken by the reader or the file.
  [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

 private:
  static constexpr std::size_t piece = 64 * 1024;
  struct text {
    stream to = stream::out;
    std::string bytes;
    std::size_t begin = 0;  ///< what is before was taken
  };

  bool write_first(clock::time_point until);
  void taken(std::size_t count);
  void drop_first();

  int descriptors_[2];
  bool slow_[2];  ///< a write may have to wait for a reader
  bool gone_[2] = {false, false};
  bool line_open_[2] = {false, false};
  stream latest_ = stream::out;
  std::deque<text> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace cohort_farm
