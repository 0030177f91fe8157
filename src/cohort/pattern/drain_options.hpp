#pragma once

#include <cohort/core/detail/deadline.hpp>

#include <chrono>
#include <optional>
#include <variant>
#include <vector>

namespace cohort {

/// When a run must be over: after so long (2h), at a moment of the system's clock, at the end of the Slurm job
/// (end_of_job()), or never (the default).
class time_bound {
 public:
  time_bound() = default;
  /// From the start of run_executor, or of the farm's run().
  time_bound(std::chrono::nanoseconds from_start) noexcept : kind_{kind::length}, length_{from_start} {}
  template <class Rep, class Period>
  time_bound(std::chrono::duration<Rep, Period> from_start) : time_bound{detail::time_limit{from_start}.length()} {}
  time_bound(std::chrono::system_clock::time_point moment) noexcept
      : kind_{kind::moment}, length_{moment.time_since_epoch()} {}

  struct job {};  ///< the end of the Slurm job
  explicit time_bound(job) noexcept : kind_{kind::job} {}

  using alternatives =
      std::variant<std::monostate, std::chrono::nanoseconds, std::chrono::system_clock::time_point, job>;
  [[nodiscard]] alternatives when() const noexcept;

 private:
  // Not a variant as it is: all that makes one would be compiled in every program that includes the header.
  enum class kind : unsigned char { never, length, moment, job };
  kind kind_ = kind::never;
  std::chrono::nanoseconds length_{0};  ///< or, of a moment, since the clock's epoch
};

/// The end of the Slurm job that the program runs in, as Slurm tells it, also when the limit is changed later;
/// never where there is none.
[[nodiscard]] inline time_bound end_of_job() {
  return time_bound{time_bound::job{}};
}

/// How a farm or an executor winds up before its tasks have all ended, the same on every rank:
///
///   {.until = cohort::end_of_job(), .signals = {SIGTERM, SIGUSR1}}
///
/// It drains when its time is nearly over (when a task as long as those before might not end in time), or when one
/// of the signals comes to any of its ranks. From then on no task is begun, and none is tried again, but those that
/// tasks which run submit. What runs is waited for until `reserve` before the end, for `patience` after a signal,
/// and until the second signal; then it is stopped: functions are told (task_context::stop_requested) and guarded
/// tasks ended. What was not run to its end has not failed, and burns no retry: the program is told what it is (see
/// drained_error), to run it in its next life.
struct drain_options {
  time_bound until{};
  /// Of the time before the end, kept free to stop what runs, and to write. By default a twentieth of what there is
  /// at the start, a minute at most.
  std::optional<std::chrono::nanoseconds> reserve{};
  /// Noted on each rank by a handler of its own as long as the executor (or the farm object) lives; what the
  /// process did with them before is restored then. Send them to the ranks, or to mpirun if it passes them on:
  /// SIGUSR1.
  std::vector<int> signals{};
  std::optional<std::chrono::nanoseconds> patience{};  ///< with what runs, after a signal; by default without end
};

/// What a program returns from main to say: start me again, there is something left (EX_TEMPFAIL, as cohort-farm).
inline constexpr int resume_status = 75;

}  // namespace cohort
