#pragma once

#include <cohort/pattern/task_error.hpp>

#include <utility>

namespace cohort {

/// A guarded task (see submit_options::guarded) took its process with it: a signal ended it, or it left by
/// std::exit. The message says which.
class task_crashed : public task_error {
 public:
  task_crashed(task_failure where, int signal, int status)
      : task_error{std::move(where)}, signal_{signal}, status_{status} {}

  /// The signal that ended the process, such as SIGSEGV; 0 if it exited. SIGKILL is what the kernel sends when
  /// memory runs out.
  [[nodiscard]] int signal() const noexcept { return signal_; }
  /// What the process exited with; 0 if a signal ended it.
  [[nodiscard]] int exit_status() const noexcept { return status_; }

 private:
  int signal_;
  int status_;
};

}  // namespace cohort
