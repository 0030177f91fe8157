#pragma once

#include "common/descriptor.hpp"

#include <string_view>
#include <sys/types.h>

namespace cohort_farm {

/// A process beside a rank that ends the rank's commands when the rank has died without doing so: killed, a rank
/// leaves them running, and what runs again elsewhere would then run twice at a time. It reads from a pipe which
/// commands run; the pipe's end is the rank's.
///
/// What it knows are process groups; a command that leaves its group is not found.
class guard {
 public:
  /// The argument with which this program is the guard, and nothing else.
  static constexpr std::string_view argument = "--guard-of-commands";

  /// Starts it from this program's own file. Throws farm_error.
  guard();

  /// A command has begun; its group is to be ended no more. Four bytes into a pipe. @{
  void begun(pid_t group) const noexcept { tell(group); }
  void ended(pid_t group) const noexcept { tell(-group); }
  /// @}

  /// The guard's own life, to be called before anything else; returns its exit status.
  static int live();

 private:
  void tell(pid_t what) const noexcept;
  cohort_apps::descriptor pipe_;
};

}  // namespace cohort_farm
