#pragma once

#include "common/early_exit.hpp"
#include "farm/halt.hpp"
#include "farm/walltime.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace cohort_farm {

/// What the user wants, checked.
struct options {
  std::string tasks = "-";  ///< file of commands; - is standard input
  std::uint32_t jobs = 1;   ///< commands at a time on each rank
  std::string joblog;       ///< empty: none
  std::string journal;      ///< directory of the journal; empty: none
  std::string join;         ///< directory of the journal of a farm to help; empty: this is a farm
  std::chrono::nanoseconds lease = std::chrono::seconds{30};  ///< silence after which one that has joined is lost
  bool resume = false;                  ///< do not run again what the log or the journal says ended
  bool resume_failed = false;           ///< but what failed; implies resume
  bool keep_order = false;              ///< print outputs in the order of the tasks
  std::string results;                  ///< directory for outputs instead of printing them; empty: none
  std::uint32_t attempts = 1;           ///< --retries: how often a failing task is tried in all; 0: without limit
  std::chrono::nanoseconds timeout{0};  ///< per attempt; zero: none
  halt_rule halt;
  cohort_farm::walltime walltime;                   ///< when the run must be over
  std::optional<std::chrono::nanoseconds> reserve;  ///< of it, kept free at the end; nothing: as find_limit says
  bool requeue = false;                             ///< the Slurm job, if tasks remain when its time is over
  bool fault_tolerant = false;                      ///< a rank that is lost does not end the run
  bool replace = true;                              ///< a lost rank, where that can be done
  bool dry_run = false;
  enum class progress : std::uint8_t { automatic, off, on };
  progress show = progress::automatic;  ///< automatic: if standard error is a terminal

  /// --retries as the scheduler counts: further attempts after the first.
  [[nodiscard]] std::uint32_t further_attempts() const noexcept { return attempts - 1; }  // 0 wraps to the largest

  friend bool operator==(const options&, const options&) = default;
};

using cohort_apps::early_exit;

/// Reads the command line; opens no files. Status 255: it is wrong (GNU parallel's status for that).
[[nodiscard]] std::variant<options, early_exit> read_options(int argc, const char* const* argv);

}  // namespace cohort_farm
