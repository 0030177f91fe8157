#pragma once

#include <cohort/dispatch/settings.hpp>
#include <cohort/pattern/drain_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace cohort {

/// How a farm runs its tasks, the same on every rank: cohort::farm f{world, work, {.retries = 3, .timeout = 10s}}.
struct farm_options {
  std::uint32_t retries = 0;            ///< further attempts after a failure or a timeout
  std::chrono::nanoseconds timeout{0};  ///< per attempt; zero: none. See farm for what it can and cannot end
  /// For tasks that overran their timeout, to return all the same; without a timeout all are waited for. With
  /// `ranks` above 1 for all that still run when the run ends early.
  std::chrono::nanoseconds grace = std::chrono::seconds{5};
  bool ordered = false;  ///< results in the order of the tasks, not as they come
  /// So many ranks run each task together, each a call with the same task and their communicator; the result, and
  /// the tasks created, are those of its rank 0. See farm. More than 1 needs thread_level::multiple, and one level
  /// of masters (levels and COHORT_MASTERS are not looked at).
  int ranks = 1;
  std::uint32_t threads = 1;  ///< tasks that each rank runs at the same time, each with a copy of the function
  /// Tasks kept at a rank beyond those that run there; by default as many as their measured cost suggests.
  std::uint32_t prefetch = dispatch::automatic;
  dispatch::schedule schedule = dispatch::schedule::automatic;  ///< how the tasks are cut into messages
  /// Tasks taken from the input whose end has not been told, at most: bounds the memory. At least 1.
  std::uint32_t window = 65536;
  /// And so many bytes of them and of results that wait for their turn; but always two tasks for each that can run.
  std::size_t window_bytes = std::size_t{16} << 20;
  /// Of masters: 1, or 2, where the root hands tasks to groups of ranks, each with a sub-master among them. 0: what
  /// the environment variable COHORT_MASTERS of the root says (1, 2 or auto), else 2 above 512 ranks.
  int levels = 0;
  /// When the farm winds up before its tasks have ended: a time, counted from the start of each run(), or signals.
  /// See farm for what run() does then.
  drain_options drain{};
  /// Whether the farm goes on when a rank other than the root is lost: killed, crashed, stopped, or cut off. See
  /// farm. By default only if the job was started for it, by `cohort-run --fault-tolerant` (or
  /// COHORT_FAULT_TOLERANT=1 on every rank). There is one level of masters then, `levels` of 2 and `ranks` above 1
  /// being argument_errors.
  std::optional<bool> fault_tolerant{};
};

}  // namespace cohort
