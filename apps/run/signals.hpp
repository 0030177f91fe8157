#pragma once

#include <csignal>
#include <ctime>

namespace cohort_run {

/// What reaches a job: blocked from here on in this process, to be taken by sigtimedwait, and free again in what it
/// starts.
class signals {
 public:
  /// `stops`: Ctrl-Z too.
  explicit signals(bool stops) noexcept {
    ::sigemptyset(&wanted_);
    for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD}) ::sigaddset(&wanted_, each);
    // What is blocked arrives even if it is ignored; nohup means it to be.
    struct sigaction hangup {};
    ::sigaction(SIGHUP, nullptr, &hangup);
    if (hangup.sa_handler == SIG_IGN) ::sigdelset(&wanted_, SIGHUP);
    if (stops) ::sigaddset(&wanted_, SIGTSTP);
    ::sigprocmask(SIG_BLOCK, &wanted_, &before_);
  }

  /// The next one, with its sender; its number is 0 if none comes within `wait`.
  [[nodiscard]] siginfo_t next(timespec wait) const noexcept {
    siginfo_t what{};
    if (::sigtimedwait(&wanted_, &what, &wait) < 0) what.si_signo = 0;
    return what;
  }

  /// In a child, before it becomes another program: as it was before.
  void release() const noexcept { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  /// By the terminal (Ctrl-C), which has sent it to the whole process group.
  [[nodiscard]] static bool from_terminal(const siginfo_t& what) noexcept { return what.si_code == SI_KERNEL; }
  /// One that asks for the end.
  [[nodiscard]] static bool ends(int number) noexcept {
    return number == SIGINT || number == SIGTERM || number == SIGHUP;
  }

 private:
  sigset_t wanted_{};
  sigset_t before_{};
};

}  // namespace cohort_run
