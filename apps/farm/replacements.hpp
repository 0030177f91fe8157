#pragma once

#include <cohort/pattern/crew/coordinator.hpp>
#include <cohort/pattern/crew/remote_runner.hpp>
#include <cohort/process/intercommunicator.hpp>

#include "farm/options.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cohort_farm {

/// Processes that take the places of lost ranks, on the root: when to start one, and where; its way into the crew,
/// and out of it. Each is a worker with a number of its own, from the crew's ranks() on.
///
/// Open MPI 4.1 starts further processes after a rank's death, but ends the job if it has lost a host's daemon
/// (docs/design.md has what was measured). So a rank is replaced if its host is known to live, since another rank
/// there was heard afterwards, or it is the root's; at a moment when all hosts have just been heard; and no rank is
/// any more once a whole host has fallen silent.
class replacements {
 public:
  /// Where a process is to be started: how many ranks the host had at first, and which of them is lost.
  struct place {
    std::string host;
    std::size_t ranks = 0;
    std::uint32_t rank = 0;
  };
  /// Starts a process there, which runs crew::serve() towards the side of the root. Called in a thread of its own.
  /// Blocks for as long as it takes, which is for ever if the process dies before MPI has begun. Throws
  /// cohort::error if it cannot be started.
  using starter = std::function<cohort::intercommunicator(const place&)>;

  /// Nothing is replaced without a starter. Before the crew's first step; both must outlive this.
  replacements(cohort::crew::coordinator& crew, const options& how, starter start);

  /// The crew has given this worker up.
  void lost(cohort::dispatch::worker_id worker);

  /// A look at all, between two steps of the crew. `wanted`: there is work for more. Returns what is to be said,
  /// line by line.
  std::vector<std::string> look(bool wanted);

  /// The run winds up: what is here begins nothing more, and what waits for it goes back.
  void rest_all();

  /// How many came into the crew.
  [[nodiscard]] std::uint64_t joined() const noexcept { return joined_; }

  /// The end. Tells all to leave when what they have is done, or after `grace`; before the crew is dismissed.
  void leave(std::chrono::nanoseconds grace);
  /// Waits until they have left or are lost, which takes no longer than leave()'s grace and the time in which a
  /// loss is noticed; then lets them end.
  void part();

 private:
  struct vacancy {
    cohort::dispatch::worker_id lost = 0;
    std::uint32_t rank = 0;  ///< that was there first
    std::string host;
    cohort::dispatch::time_point since{0};
  };
  /// A process that a thread is starting, shared with it.
  struct launch;
  struct replacement {
    vacancy fills;
    cohort::intercommunicator process;
    std::unique_ptr<cohort::crew::remote_runner> way = {};
    cohort::dispatch::worker_id worker = 0;
    enum class state : char { coming, here, gone } is = state::coming;
  };
  using words = std::vector<std::string>;

  void look_at(std::size_t which, words& said);
  void begin(const vacancy& what, words& said);
  void look_at_launch(words& said);
  [[nodiscard]] place place_of(const vacancy& what) const;
  [[nodiscard]] bool may_start_now() const;
  [[nodiscard]] bool anybody_left(const std::string& host) const;
  [[nodiscard]] bool heard_since(const vacancy& what) const;
  /// Calls `what(host, how long it was silent)` for each worker that was started with this job and is not lost.
  template <class F>
  void for_each_living(F&& what) const;

  cohort::crew::coordinator& crew_;
  const options& how_;
  starter start_;
  std::vector<vacancy> vacancies_;
  std::shared_ptr<launch> launch_;  ///< one at a time
  std::vector<replacement> all_;
  std::map<std::string, int> in_a_row_;  ///< by host: how many came and were lost without having ended a task
  bool no_more_ = false;                 ///< a whole host may be lost
  std::uint64_t joined_ = 0;
  std::vector<cohort::crew::report> scratch_;
};

}  // namespace cohort_farm
