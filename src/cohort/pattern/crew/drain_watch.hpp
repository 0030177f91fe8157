#pragma once

#include <cohort/pattern/crew/thread_runner.hpp>
#include <cohort/pattern/drain_options.hpp>

#include <memory>

namespace cohort::crew {

class long_runs;
class signal_watch;

/// What a rank does that may have to drain: notes signals, and how long its jobs run.
struct drain_watch {
  std::shared_ptr<const signal_watch> signals;  ///< null: none
  std::shared_ptr<long_runs> runs;              ///< null: nobody wants to know

  /// Throws argument_error.
  [[nodiscard]] static drain_watch of(const drain_options& how);
  [[nodiscard]] thread_runner::function watched(thread_runner::function call) const;
};

}  // namespace cohort::crew
