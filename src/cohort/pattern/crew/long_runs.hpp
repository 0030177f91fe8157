#pragma once

#include <cohort/pattern/crew/runner.hpp>
#include <cohort/pattern/crew/thread_runner.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace cohort::crew {

/// Tells the root of jobs that take long while they run, so that it learns how long tasks may take before the first
/// long one has ended: a `started` report, with how long the job has run, for each that has run for 100 ms. So jobs
/// that are brief cost no message.
class long_runs {
 public:
  /// The same function, whose calls are looked after.
  [[nodiscard]] static thread_runner::function watched(const std::shared_ptr<long_runs>& by,
                                                       thread_runner::function inner);
  /// Appends the reports that are due.
  void tell(std::vector<report>& out);

 private:
  struct run {
    dispatch::time_point begun{0};
    bool told = false;
  };
  class presence;

  std::mutex mutex_;
  /// What an earlier crew has left behind may have the number of a job of this one.
  std::multimap<std::pair<dispatch::task_id, std::uint32_t>, run> running_;
  dispatch::time_point next_{0};
};

}  // namespace cohort::crew
