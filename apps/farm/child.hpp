#pragma once

#include "common/descriptor.hpp"
#include "farm/command_line.hpp"

#include <optional>
#include <spawn.h>
#include <sys/types.h>

namespace cohort_farm {

using cohort_apps::descriptor;

/// How a child ended.
struct child_end {
  int exit_status = 0;
  int signal = 0;
  bool known = true;  ///< false: somebody else took its status
};

/// A child process in a process group of its own. Whoever owns it must reap it; the destructor does nothing, since
/// waiting there could take for ever.
class child {
 public:
  child() = default;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Readable when it has ended; invalid where the kernel has no pidfd, or no descriptor is left: ask ended().
  [[nodiscard]] const descriptor& pidfd() const noexcept { return pidfd_; }
  /// Whether it has ended; takes no time.
  [[nodiscard]] bool ended() const;
  /// A signal to its whole group.
  void signal_group(int number) const noexcept;
  /// How it ended (waits for it). Until it is reaped, its group's number stays its own.
  [[nodiscard]] child_end look() const { return wait(true); }
  child_end reap() { return wait(false); }

 private:
  friend class spawner;
  child_end wait(bool leave) const;

  pid_t pid_ = -1;
  descriptor pidfd_;
};

/// Starts children by posix_spawn: never fork, which copies the page tables of a rank that may be large. A child
/// has default signal dispositions, an empty mask, /dev/null as standard input, and no descriptor of ours.
class spawner {
 public:
  spawner();
  spawner(const spawner&) = delete;
  spawner& operator=(const spawner&) = delete;
  ~spawner();

  /// Returns errno, or 0 and the child in `made`. `out` and `err` must be above 2.
  [[nodiscard]] int start(const command& what, char* const* environment, int out, int err, child& made) const;

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace cohort_farm
