#pragma once

#include "farm/process_runner.hpp"

namespace cohort_farm {

/// How much of a stream stays in memory, and how much of both travels with the completion.
inline constexpr std::size_t keep_in_memory = 64 * 1024;

/// One attempt and its child.
struct process_runner::running_job {
  cohort::crew::job of;
  std::uint64_t seq = 0;
  std::uint32_t attempt = 0;  ///< as users count, from 0
  std::uint32_t slot = 0;
  std::string line;  ///< only kept for a status file
  child process;
  descriptor out_pipe;
  descriptor err_pipe;
  result_files::opened files;  ///< --results; kept open, so that they can be told from a later attempt's
  capture out{keep_in_memory};
  capture err{keep_in_memory};
  double start = 0;
  clock::time_point begun;
  bool stopped = false;  ///< by stop(), before it ended by itself
  bool killed = false;
  clock::time_point kill_at{};
};

}  // namespace cohort_farm
