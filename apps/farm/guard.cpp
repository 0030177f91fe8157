#include "farm/guard.hpp"

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <spawn.h>
#include <string>
#include <unistd.h>

namespace cohort_farm {
namespace {

[[noreturn]] void give_up(int error) {
  throw farm_error{
      fmt::format("the process that ends the commands of a lost rank cannot be started ({}); raise the limits of "
                  "processes and open files (ulimit -a), or run without --fault-tolerant",
                  std::strerror(error))};
}

}  // namespace

guard::guard() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) give_up(errno);
  const cohort_apps::descriptor theirs{ends[0]};
  pipe_.reset(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (::posix_spawn_file_actions_init(&actions) != 0) give_up(ENOMEM);
  if (::posix_spawnattr_init(&attributes) != 0) {
    ::posix_spawn_file_actions_destroy(&actions);
    give_up(ENOMEM);
  }
  // A group of its own: what ends the rank's must not end this.
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  int error = ::posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDIN_FILENO);
  for (const int each : {STDOUT_FILENO, STDERR_FILENO}) {
    if (error == 0) error = ::posix_spawn_file_actions_addopen(&actions, each, "/dev/null", O_WRONLY, 0);
  }
  if (error == 0) error = ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  std::string name{"cohort-farm"};
  std::string what{argument};
  char* const argv[] = {name.data(), what.data(), nullptr};
  pid_t pid = 0;
  if (error == 0) error = ::posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv, ::environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) give_up(error);
}

void guard::tell(pid_t what) const noexcept {
  while (::write(pipe_.get(), &what, sizeof what) < 0 && errno == EINTR) {
  }
}

int guard::live() {
  for (const int each : {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2}) std::signal(each, SIG_IGN);
  std::set<pid_t> running;
  for (;;) {
    pid_t what = 0;  // written at once, so read at once
    const auto got = ::read(STDIN_FILENO, &what, sizeof what);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof what) break;
    if (what > 0) {
      running.insert(what);
    } else {
      running.erase(-what);
    }
  }
  for (const auto each : running) ::kill(-each, SIGKILL);
  return 0;
}

}  // namespace cohort_farm
