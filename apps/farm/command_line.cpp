#include "farm/command_line.hpp"

#include <algorithm>
#include <array>
#include <sys/stat.h>
#include <unistd.h>

namespace cohort_farm {
namespace {

/// Keywords and builtins of dash, bash and POSIX, sorted. Those that exist as programs too (echo, printf, test ...)
/// behave differently there. true and false do not: they may be started directly.
constexpr std::array<std::string_view, 84> shell_words = {
    ".",       ":",      "[",       "[[",      "]]",      "alias",   "bg",       "bind",    "break",     "builtin",
    "caller",  "case",   "cd",      "chdir",   "command", "compgen", "complete", "compopt", "continue",  "coproc",
    "declare", "dirs",   "disown",  "do",      "done",    "echo",    "elif",     "else",    "enable",    "esac",
    "eval",    "exec",   "exit",    "export",  "fc",      "fg",      "fi",       "for",     "function",  "getopts",
    "hash",    "help",   "history", "if",      "in",      "jobs",    "kill",     "let",     "local",     "logout",
    "mapfile", "newgrp", "popd",    "print",   "printf",  "pushd",   "pwd",      "read",    "readarray", "readonly",
    "return",  "select", "set",     "shift",   "shopt",   "source",  "suspend",  "test",    "then",      "time",
    "times",   "trap",   "type",    "typeset", "ulimit",  "umask",   "unalias",  "unset",   "until",     "wait",
    "whence",  "which",  "while",   "{"};
static_assert(std::is_sorted(shell_words.begin(), shell_words.end()));

bool blank(char c) {
  return c == ' ' || c == '\t';
}

/// Characters that mean themselves to every shell, wherever they stand in a word.
bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"_./,:@%+-="}.find(c) != std::string_view::npos;
}

bool executable_file(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string_view first_word(std::string_view line) {
  const auto begin = std::find_if_not(line.begin(), line.end(), blank);
  const auto end = std::find_if(begin, line.end(), blank);
  return line.substr(static_cast<std::size_t>(begin - line.begin()), static_cast<std::size_t>(end - begin));
}

}  // namespace

command shell_command(std::string_view line) {
  return {"/bin/sh", {"/bin/sh", "-c", std::string{line}}, true};
}

bool only_words(std::string_view line) {
  if (!std::all_of(line.begin(), line.end(), [](char c) { return plain(c) || blank(c); })) return false;
  const auto name = first_word(line);
  return !name.empty() && name.front() != '-' && name.find('=') == std::string_view::npos &&
         !std::binary_search(shell_words.begin(), shell_words.end(), name);
}

command_parser::command_parser(std::string_view path) {
  while (!path.empty()) {
    const auto end = std::min(path.find(':'), path.size());
    const auto directory = path.substr(0, end);
    // What lies behind a relative directory depends on where the task runs: left to the shell.
    if (directory.empty() || directory.front() != '/') break;
    directories_.emplace_back(directory);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

std::string command_parser::find(const std::string& name) {
  if (name.find('/') != std::string::npos) return executable_file(name) ? name : std::string{};
  if (const auto known = found_.find(name); known != found_.end()) return known->second;
  for (const auto& directory : directories_) {
    auto path = directory;
    path.append(1, '/').append(name);
    if (executable_file(path)) return found_.emplace(name, std::move(path)).first->second;
  }
  return {};
}

command command_parser::parse(std::string_view line) {
  if (!only_words(line)) return shell_command(line);
  auto program = find(std::string{first_word(line)});
  if (program.empty()) return shell_command(line);
  command result{std::move(program), {}, false};
  for (auto at = line.begin();;) {
    at = std::find_if_not(at, line.end(), blank);
    if (at == line.end()) return result;
    const auto end = std::find_if(at, line.end(), blank);
    result.arguments.emplace_back(at, end);
    at = end;
  }
}

}  // namespace cohort_farm
