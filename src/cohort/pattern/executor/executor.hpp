#pragma once

#include <cohort/pattern/executor/periodic.hpp>
#include <cohort/pattern/executor/statistics.hpp>
#include <cohort/pattern/executor/submission.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace cohort {

namespace detail {
class executor_core;
}

/// A pool of ranks that runs functions: what concurrent.futures calls an Executor, and multiprocessing a Pool. Made
/// by run_executor, and used on the root only, by any of its threads.
///
/// A function that overruns its timeout, or is cancelled while it runs, cannot be ended from outside: its result is
/// thrown away, its rank is busy until it returns (task_context::stop_requested tells it that it may);
/// unless it is guarded, see submit_options.
class executor : public submission {
 public:
  explicit executor(detail::executor_core& core);
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;

  /// What has been done so far, by whom.
  [[nodiscard]] executor_report statistics() const;

  /// From now on at most `per_second` tasks of the queue (empty: the default one) begin per second, after a burst
  /// of at most `burst`. Throws argument_error for an unknown queue and a rate that is not positive.
  void limit_rate(const std::string& queue, double per_second, std::uint32_t burst = 1);

  /// Runs f() each `period` from now, on any rank, until the result is stopped or the body returns. A run that
  /// takes longer than the period delays those behind it; none are made up for.
  template <class F>
  periodic every(std::chrono::nanoseconds period, F f, submit_options options = {}) {
    auto series =
        std::make_shared<periodic::series<F>>(submission{home(), {}}, std::move(options), period, std::move(f));
    before_end([series] { series->stop(); });
    series->begin();
    return periodic{std::move(series)};
  }

 private:
  void before_end(std::function<void()> what);

  detail::executor_core& core_;
};

}  // namespace cohort
