#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace cohort_run {

/// The children of a process, by /proc, with those that it has not reaped yet; none if it is gone.
[[nodiscard]] std::vector<pid_t> children_of(pid_t process);
/// All below a process, children before their parents.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t process);
/// A variable of the environment that a process was started with.
[[nodiscard]] std::optional<std::string> variable_of(pid_t process, const std::string& name);
/// Whether a process is there and not merely waiting to be reaped.
[[nodiscard]] bool runs(pid_t process);

/// The exit status (or 128 and the signal's number) of one that waits to be reaped; nothing of one that is not.
[[nodiscard]] std::optional<int> ended_with(pid_t process);
/// Whether a process was stopped, by a signal or a debugger, or waits in the kernel (for a file server, say).
[[nodiscard]] bool stopped(pid_t process);
/// Whether its first thread waits for another one, as for a mutex; false if that cannot be seen.
[[nodiscard]] bool waits_for_thread(pid_t process);

/// Has what is orphaned below this process become its child, so that descendants_of finds it: `ssh -f`, ranks of an
/// mpirun that was killed.
void adopt_orphans() noexcept;
/// Waits until nothing runs below this process; false if something does after `most`. Reaps what has ended, but for
/// `spared`, whose end somebody else waits for.
bool wait_for_descendants(std::chrono::milliseconds most, pid_t spared = 0);
/// Ends all below this process: SIGTERM, SIGKILL half a second later to what is still there. Returns whether there
/// were any. `spared` is ended, but not reaped.
bool end_descendants(pid_t spared = 0);

}  // namespace cohort_run
