#pragma once

#include <chrono>
#include <cstdint>

namespace cohort {

/// How one task is run: pool.with({.retries = 3, .timeout = 10s}).submit(f, x).
struct submit_options {
  int priority = 0;                     ///< greater runs earlier; equal ones in the order of submission
  std::uint32_t retries = 0;            ///< further attempts after a failure or a timeout
  std::chrono::nanoseconds timeout{0};  ///< per attempt, from its start; zero: none. See executor for what it ends
  bool track_started = false;           ///< future::state() says `started`, for a message more per task
};

}  // namespace cohort
