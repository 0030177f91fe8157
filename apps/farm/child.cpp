#include "farm/child.hpp"

#include <cerrno>
#include <csignal>
#include <new>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace cohort_farm {
namespace {

/// posix_spawn_file_actions_t that ends with its scope.
class file_actions {
 public:
  file_actions() { check(::posix_spawn_file_actions_init(&actions_)); }
  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;
  ~file_actions() { ::posix_spawn_file_actions_destroy(&actions_); }
  void open(int fd, const char* path, int flags) {
    check(::posix_spawn_file_actions_addopen(&actions_, fd, path, flags, 0));
  }
  void dup2(int from, int to) { check(::posix_spawn_file_actions_adddup2(&actions_, from, to)); }
  void close_from(int first) { check(::posix_spawn_file_actions_addclosefrom_np(&actions_, first)); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  static void check(int error) {
    if (error != 0) throw std::bad_alloc{};  // the only way they fail
  }
  posix_spawn_file_actions_t actions_;
};

}  // namespace

bool child::ended() const {
  siginfo_t about{};
  const int status = ::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | WNOWAIT | WNOHANG);
  return status != 0 || about.si_pid != 0;
}

void child::signal_group(int number) const noexcept {
  if (pid_ > 0) ::kill(-pid_, number);
}

child_end child::wait(bool leave) const {
  siginfo_t about{};
  int status = 0;
  do {
    status = ::waitid(P_PID, static_cast<id_t>(pid_), &about, WEXITED | (leave ? WNOWAIT : 0));
  } while (status != 0 && errno == EINTR);
  if (status != 0) return {255, 0, false};
  return about.si_code == CLD_EXITED ? child_end{about.si_status, 0} : child_end{0, about.si_status};
}

spawner::spawner() {
  if (::posix_spawnattr_init(&attributes_) != 0) throw std::bad_alloc{};
  sigset_t set;
  ::sigfillset(&set);
  ::posix_spawnattr_setsigdefault(&attributes_, &set);
  ::sigemptyset(&set);
  ::posix_spawnattr_setsigmask(&attributes_, &set);
  ::posix_spawnattr_setpgroup(&attributes_, 0);
  ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
}

spawner::~spawner() {
  ::posix_spawnattr_destroy(&attributes_);
}

int spawner::start(const command& what, char* const* environment, int out, int err, child& made) const {
  file_actions actions;
  actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  actions.dup2(out, STDOUT_FILENO);
  actions.dup2(err, STDERR_FILENO);
  actions.close_from(STDERR_FILENO + 1);
  std::vector<char*> argv;
  argv.reserve(what.arguments.size() + 1);
  for (const auto& argument : what.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, what.program.c_str(), actions.get(), &attributes_, argv.data(), environment);
  if (error != 0) return error;
  made.pid_ = pid;
  made.pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  return 0;
}

}  // namespace cohort_farm
