#include "info/program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace cohort_info {
namespace {

constexpr std::size_t most_output = 65536;

/// Reads until the end of the stream or of time. False: time was up.
bool read_output(int fd, std::string& output, std::chrono::steady_clock::time_point until) {
  std::array<char, 4096> part{};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd ready{fd, POLLIN, 0};
    const int got_ready = ::poll(&ready, 1, static_cast<int>(std::min<long>(left, 1000)));
    if (got_ready <= 0) continue;
    const auto got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    output.append(part.data(),
                  std::min(static_cast<std::size_t>(got), most_output - std::min(most_output, output.size())));
  }
}

}  // namespace

program_result run_program(const std::string& command, std::chrono::seconds limit) {
  program_result result;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {127, false, "no pipe"};

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  std::string shell = "/bin/sh";
  std::string option = "-c";
  std::string words = command;
  std::array<char*, 4> argv{shell.data(), option.data(), words.data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, shell.c_str(), &actions, &attributes, argv.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return {127, false, "/bin/sh cannot be started"};
  }
  result.timed_out = !read_output(ends[0], result.output, std::chrono::steady_clock::now() + limit);
  ::close(ends[0]);
  if (result.timed_out) ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

std::string first_words(const std::string& output) {
  constexpr std::size_t most = 160;
  std::istringstream in{output};
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.find_first_not_of("- ") == std::string::npos) continue;
    return line.size() > most ? line.substr(0, most) + "..." : line;
  }
  return {};
}

}  // namespace cohort_info
