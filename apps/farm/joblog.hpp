#pragma once

#include "common/descriptor.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cohort_farm {

using cohort_apps::descriptor;

class task_list;

/// A line of the log, in GNU parallel's words.
struct joblog_entry {
  std::uint64_t seq = 0;  ///< from 1
  std::string host;       ///< of the node where it ran
  double start = 0;       ///< seconds since the epoch
  double runtime = 0;     ///< seconds
  std::uint64_t sent = 0;
  std::uint64_t received = 0;  ///< bytes of its standard output
  int exit_value = 0;          ///< -1: ended by us (a timeout)
  int signal = 0;
  std::string_view command;
};

/// The line with its newline, byte for byte as GNU parallel writes it.
[[nodiscard]] std::string joblog_line(const joblog_entry& what);
/// The first line.
inline constexpr std::string_view joblog_header =
    "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/// What a log says about tasks that ended, by Seq; where one ended several times, the last counts.
struct logged_end {
  int exit_value = 0;
  int signal = 0;
  double runtime = -1;  ///< seconds; negative: unknown
  [[nodiscard]] bool succeeded() const noexcept { return exit_value == 0 && signal == 0; }
};
using logged_ends = std::unordered_map<std::uint64_t, logged_end>;

/// Reads whole lines. Throws farm_error, which names the line: what is not a log of this format, and what belongs
/// to other tasks than `tasks`. `name` is for messages.
[[nodiscard]] logged_ends read_joblog(std::string_view text, const task_list& tasks, const std::string& name);

/// The log of a run, open for writing. Locked (flock) against a second run, on file systems that have locks.
class joblog {
 public:
  /// Begins a new log; what was in the file is gone. Throws farm_error.
  [[nodiscard]] static joblog create(const std::string& file);
  /// Goes on with a log, or begins one if there is none. A last line that a killed run left unfinished is cut off.
  /// So are bytes of 0 at its end, which a file system may leave there when the power fails. Throws farm_error.
  [[nodiscard]] static joblog resume(const std::string& file, const task_list& tasks);

  /// What resume() would find, without a change to the file or the making of one. Throws farm_error.
  [[nodiscard]] static logged_ends look(const std::string& file, const task_list& tasks);

  /// What the log had when it was opened.
  [[nodiscard]] const logged_ends& ended() const noexcept { return ended_; }

  /// Writes one line by one write(2): after it the line survives the end of this process. Throws farm_error.
  void append(const joblog_entry& what);
  /// Then it survives the end of this machine as well. Throws farm_error.
  void sync();

 private:
  joblog(descriptor file, std::string name) : file_{std::move(file)}, name_{std::move(name)} {}
  static joblog open(const std::string& file);
  void write(std::string_view text);

  descriptor file_;
  std::string name_;
  logged_ends ended_;
};

}  // namespace cohort_farm
