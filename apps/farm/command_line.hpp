#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cohort_farm {

/// What to start for a command: a program by its path, or /bin/sh -c with the whole line.
struct command {
  std::string program;
  std::vector<std::string> arguments;  ///< argv, the first included
  bool by_shell = false;
};

/// The line by the shell, whatever it is.
[[nodiscard]] command shell_command(std::string_view line);

/// Whether a line is nothing but words, so that the shell would do no more than split it at blanks and start the
/// program. When in doubt it says no: then the shell has the line.
[[nodiscard]] bool only_words(std::string_view line);

/// Decides how lines are started. A shell costs as much as a small program, so what needs none is started directly.
class command_parser {
 public:
  /// `path`: the directories in which programs are sought, as $PATH.
  explicit command_parser(std::string_view path);

  /// A program that is not found goes to the shell too, whose message and status (127) users know.
  [[nodiscard]] command parse(std::string_view line);

 private:
  [[nodiscard]] std::string find(const std::string& name);

  std::vector<std::string> directories_;
  std::unordered_map<std::string, std::string> found_;  ///< only what exists: a task may make a program for later
};

}  // namespace cohort_farm
