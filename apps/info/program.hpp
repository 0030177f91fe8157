#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace cohort_info {

/// A program that ran to its end, or was ended at a time limit.
struct program_result {
  int status = 0;  ///< 128 and the signal's number if one ended it; 127 if it could not be started
  bool timed_out = false;
  std::string output;  ///< both of its streams
};

/// Runs a command of the shell, without standard input, in a process group that is ended as a whole after `limit`.
/// Output beyond 64 KiB is dropped. Several threads may do so at a time.
[[nodiscard]] program_result run_program(const std::string& command, std::chrono::seconds limit);

/// The first line that says something: not blank, no rule of dashes; shortened. Empty if there is none.
[[nodiscard]] std::string first_words(const std::string& output);

}  // namespace cohort_info
