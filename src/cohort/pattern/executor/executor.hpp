#pragma once

#include <cohort/pattern/executor/statistics.hpp>
#include <cohort/pattern/executor/submission.hpp>

namespace cohort {

namespace detail {
class executor_core;
}

/// A pool of ranks that runs functions: what concurrent.futures calls an Executor, and multiprocessing a Pool. Made
/// by run_executor, and used on the root only, by any of its threads.
///
/// A function that overruns its timeout, or is cancelled while it runs, cannot be ended from outside: its result is
/// thrown away, its rank is busy until it returns (task_context::stop_requested tells it that it may).
class executor : public submission {
 public:
  explicit executor(detail::executor_core& core);
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;

  /// What has been done so far, by whom.
  [[nodiscard]] executor_report statistics() const;

 private:
  detail::executor_core& core_;
};

}  // namespace cohort
