#pragma once

#include <cohort/dispatch/types.hpp>

#include <cstdint>

namespace cohort::dispatch {

/// What happened so far. At any time
/// added = queued + delayed + assigned + succeeded + failed + timed_out + cancelled + lost + expired
/// + drained.
struct counts {
  /// Tasks. @{
  std::uint64_t added = 0;
  std::uint64_t queued = 0;    ///< waiting for a worker now
  std::uint64_t delayed = 0;   ///< waiting for their moment now: not to begin yet, or pausing before a retry
  std::uint64_t assigned = 0;  ///< at a worker now, running or not
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;     ///< given up because the last attempt failed
  std::uint64_t timed_out = 0;  ///< given up because the last attempt overran its timeout
  std::uint64_t cancelled = 0;
  std::uint64_t lost = 0;     ///< given up because it took too many workers with it
  std::uint64_t expired = 0;  ///< given up because nobody had begun it in time
  std::uint64_t drained = 0;  ///< given up because the run winds up
  /// @}
  /// Attempts and reports. @{
  std::uint64_t attempts = 0;  ///< assigned so far
  std::uint64_t retried = 0;   ///< attempts after whose failure, timeout or loss another followed
  std::uint64_t returned =
      0;  ///< attempts that came back unstarted or interrupted, asked for or with a worker that left
  std::uint64_t stale = 0;         ///< reports that came too late to count
  std::uint64_t assigns = 0;       ///< assign actions
  std::uint64_t recalls = 0;       ///< recall actions
  std::uint64_t workers = 0;       ///< present now and accepting tasks
  std::uint64_t workers_lost = 0;  ///< lost while not draining
  /// @}

  [[nodiscard]] std::uint64_t unfinished() const { return queued + delayed + assigned; }
};

/// One worker, over all its lives.
struct worker_counts {
  bool present = false;
  bool draining = false;
  std::uint32_t slots = 0;
  std::uint32_t assigned = 0;   ///< attempts it has not reported yet, stopped ones included
  std::uint64_t succeeded = 0;  ///< results of it that counted
  std::uint64_t failed = 0;     ///< failures of it that counted
  std::uint64_t timed_out = 0;  ///< attempts stopped at their timeout
  std::uint64_t returned = 0;   ///< attempts it gave back, or was interrupted in
  duration busy{0};             ///< running time reported, of stopped attempts too
};

}  // namespace cohort::dispatch
