#include "run/front.hpp"

#include <cohort/cluster/sign_of_life.hpp>

#include "run/errors.hpp"
#include "run/keeper.hpp"
#include "run/process_tree.hpp"
#include "run/signals.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cohort_run {
namespace {

/// In the child: never returns to main, whose objects are the parent's.
[[noreturn]] void keep(const launch& what, const keeper::settings& how, const signals& watched, pid_t parent) {
  (void)::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(error_status);
  int status = error_status;
  try {
    status = keeper{what, how, watched}.run();
  } catch (const std::exception& e) {
    (void)std::fputs(fmt::format("cohort-run: {}\n", e.what()).c_str(), stderr);
  }
  cohort::cluster::remove_verdict(how.verdict);
  ::_exit(status);
}

/// Ctrl-Z: the job is stopped as a whole, then we are; and goes on as a whole.
void stop_and_go_on(pid_t group) {
  (void)::kill(-group, SIGTSTP);
  (void)::raise(SIGSTOP);
  (void)::kill(-group, SIGCONT);
}

}  // namespace

int run_launch(const launch& what, bool fault_tolerant, const std::string& verdict) {
  // mpirun reads a terminal only in its foreground group, so there it stays in ours, and hears Ctrl-C from the
  // terminal. Otherwise it has a group of its own, and each signal reaches it once, by us.
  const bool own_group = ::isatty(STDIN_FILENO) == 0;
  const keeper::settings how{fault_tolerant, own_group, verdict};
  const signals watched{own_group};
  adopt_orphans();

  const auto self = ::getpid();
  const auto child = ::fork();
  if (child < 0) {
    throw run_error{fmt::format("no process can be started ({}); end others first", std::strerror(errno))};
  }
  if (child == 0) {
    if (own_group) (void)::setpgid(0, 0);
    keep(what, how, watched, self);
  }
  if (own_group) (void)::setpgid(child, child);

  for (;;) {
    const auto signal = watched.next({3600, 0});
    int status = 0;
    const auto ended = ::waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) return error_status;  // it is gone, nobody knows how
    if (ended == child) {
      if (WIFEXITED(status)) return WEXITSTATUS(status);
      // Somebody killed it: mpirun has been told, and what is left is ours now.
      (void)end_descendants();
      cohort::cluster::remove_verdict(verdict);
      return 128 + WTERMSIG(status);
    }
    if (signal.si_signo == SIGTSTP) {
      stop_and_go_on(child);
    } else if (signal.si_signo != 0 && signal.si_signo != SIGCHLD &&
               (own_group || !signals::from_terminal(signal))) {
      (void)::kill(child, signal.si_signo);
    }
  }
}

}  // namespace cohort_run
