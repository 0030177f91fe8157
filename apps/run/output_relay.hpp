#pragma once

#include "common/descriptor.hpp"

#include <cstddef>
#include <poll.h>
#include <string>
#include <vector>

namespace cohort_run {

using cohort_apps::descriptor;

/// Carries what mpirun writes to our standard output, through a pipe of ours: mpirun loses what it cannot write
/// without a word, and crashes where the reader is gone. Here either is an error, and the rest is thrown away.
class output_relay {
 public:
  /// From nothing.
  output_relay() = default;
  /// `from`: the pipe's end to read from, which is made non-blocking.
  explicit output_relay(descriptor from) noexcept;

  /// Adds what to wait for.
  void watch(std::vector<pollfd>& all) const;
  /// Moves what can be moved; never blocks. Returns whether something was.
  bool move();
  /// Is there something that standard output has not taken yet?
  [[nodiscard]] bool holds() const noexcept { return done_ < kept_.size(); }
  /// The errno of the write that failed; 0: none has.
  [[nodiscard]] int error() const noexcept { return error_; }

 private:
  bool read_some();
  bool write_some();

  descriptor from_;
  std::string kept_;
  std::size_t done_ = 0;  ///< so much of it is written
  int error_ = 0;
};

}  // namespace cohort_run
