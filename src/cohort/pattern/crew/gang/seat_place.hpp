#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/gang/seat_desk.hpp>
#include <cohort/pattern/crew/runner.hpp>
#include <cohort/pattern/crew/thread_runner.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <utility>

namespace cohort::crew {

/// Where the tasks of a rank find their communicator, if they are tasks of several ranks or of one that wants one:
/// the desk, with what it has to know of the rank's threads. Outlives its seat_runner if a task is left behind.
class seat_place {
 public:
  /// `lane`: of all ranks of the crew, whose threads may all call MPI. `in_company`: every job is a seat.
  seat_place(communicator lane, bool in_company) : desk_{std::move(lane)}, in_company_{in_company} {}

  [[nodiscard]] bool in_company() const noexcept { return in_company_; }

  /// In a job's own thread: the ranks that run it together, this one alone unless in_company(). Blocks until all
  /// are there; nothing if it is called off before.
  [[nodiscard]] std::optional<communicator> take(job seat);

  /// By the thread that owns the messages. @{
  void attach(thread_runner* runner);  ///< null when it ends
  void hear(std::span<const std::byte> note) { static_cast<void>(desk_.hear(note)); }
  /// A job that runs here is not wanted any more.
  void stop(job seat);
  /// @}

 private:
  class waiting;
  using key = std::pair<std::uint64_t, std::uint32_t>;

  seat_desk desk_;
  const bool in_company_;
  std::mutex mutex_;
  thread_runner* runner_ = nullptr;
  std::map<key, std::atomic<bool>*> stops_;  ///< of seats that wait for the others
  std::deque<key> stopped_early_;            ///< the last that did not wait (yet) when they were stopped
};

}  // namespace cohort::crew
