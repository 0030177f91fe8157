#pragma once

#include "common/descriptor.hpp"

#include <chrono>
#include <poll.h>
#include <string>
#include <vector>

namespace cohort_run {

using cohort_apps::descriptor;

/// Carries standard input to mpirun through a pipe of ours. Open MPI 4.1.4 crashes in one of eight runs whose
/// standard input ends while mpirun still has some of it to write; here the end comes a moment after the rest was
/// taken.
class input_relay {
 public:
  /// On nothing.
  input_relay() = default;
  /// `to`: the pipe's end to write to, which is made non-blocking.
  explicit input_relay(descriptor to) noexcept;

  /// Adds what to wait for.
  void watch(std::vector<pollfd>& all) const;
  /// Moves what can be moved; never blocks.
  void move();

 private:
  using clock = std::chrono::steady_clock;

  void read_some();
  void write_some();
  void end_in_time();

  descriptor to_;
  std::string kept_;
  bool ended_ = false;
  clock::time_point idle_since_{};
};

}  // namespace cohort_run
