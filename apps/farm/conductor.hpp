#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/coordinator.hpp>

#include "farm/drain.hpp"
#include "farm/halt.hpp"
#include "farm/join/desk.hpp"
#include "farm/losses.hpp"
#include "farm/options.hpp"
#include "farm/printer.hpp"
#include "farm/process_runner.hpp"
#include "farm/replacements.hpp"
#include "farm/report/progress.hpp"
#include "farm/report/summary.hpp"
#include "farm/shelf.hpp"
#include "farm/task_list.hpp"
#include "farm/wire.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cohort_farm {

/// The root's half of a run: feeds the list to the crew, judges how tasks end, and has their output printed.
class conductor final : public cohort::crew::client {
 public:
  /// What a run needs that outlives it. `todo`: positions in the list of the tasks to run.
  struct parts {
    const options& how;
    const task_list& tasks;
    std::span<const std::uint32_t> todo;
    std::uint64_t done_before;    ///< tasks of the list that an earlier run has ended
    std::uint64_t failed_before;  ///< of these
    drain& until;                 ///< when it winds up
    process_runner& local;
    printer& out;
    desk* guests = nullptr;            ///< null: nobody can join
    replacements::starter start = {};  ///< of processes that take the places of lost ranks, if they are to
  };
  conductor(const cohort::communicator& comm, const parts& with, const std::string& host);

  /// Runs until every task has ended, the rule of --halt says so, time is over, standard output is closed, or a
  /// signal comes;
  /// then dismisses the crew. Returns the figures for the summary.
  run_figures run();

  /// The exit status that --halt asks for, if it does.
  [[nodiscard]] const halt_policy& halt() const noexcept { return halt_; }
  /// Tasks that were not run to their end, or whose output nobody got.
  [[nodiscard]] std::uint64_t not_run() const noexcept { return todo_.size() - ended_ + out_.lost(); }
  /// Those and the tasks that failed, each once.
  [[nodiscard]] std::uint64_t unsuccessful() const noexcept { return failed_ + not_run() - out_.lost_failed(); }
  /// Tasks that came to their end.
  [[nodiscard]] std::uint64_t ended() const noexcept { return ended_; }

 private:
  using attempt_key = std::pair<std::uint64_t, std::uint32_t>;
  static attempt_key key_of(cohort::crew::job of) { return {of.task, of.attempt}; }

  // crew::client
  std::size_t task_size(cohort::dispatch::task_id task) override;
  void write_task(cohort::dispatch::task_id task, std::byte* to) override;
  void heard(const heard_report& what) override;
  void returned(cohort::dispatch::worker_id worker, cohort::crew::job of) override;
  void keep_result(cohort::dispatch::task_id task, std::span<const std::byte> payload) override;
  void keep_error(cohort::dispatch::task_id task, std::span<const std::byte> payload) override;
  void deliver(const cohort::dispatch::deliver& what) override;
  void give_up(const cohort::dispatch::give_up& what) override;
  void retry(const cohort::dispatch::retry& what) override;
  void lost(cohort::dispatch::worker_id worker, std::string_view why) override;
  void note(cohort::dispatch::worker_id worker, cohort::crew::job of, std::span<const std::byte> payload) override;
  void stale(cohort::dispatch::worker_id worker, cohort::crew::job of, std::span<const std::byte> payload) override;

  [[nodiscard]] task_order order_of(cohort::dispatch::task_id task) const;
  void refill();
  void finish(cohort::dispatch::worker_id worker, cohort::crew::job of, completion&& how);
  void end_silent(cohort::dispatch::worker_id worker);
  void tell_losses();
  void tell_runner(cohort::dispatch::worker_id worker, const bytes& text);
  void attend_guests();
  void mind_replacements();
  void drop_output(cohort::dispatch::worker_id worker, cohort::crew::job of, const completion& how);
  [[nodiscard]] std::uint64_t running() const;
  [[nodiscard]] bool is_guest(cohort::dispatch::worker_id worker) const {
    return guests_ != nullptr && guests_->knows(worker);
  }
  [[nodiscard]] std::uint32_t slots(cohort::dispatch::worker_id worker) const {
    return is_guest(worker) ? guests_->slots(worker) : crew_.scheduler().worker(worker).slots;
  }
  void obey(halt_policy::verdict verdict);
  void stop_starting();
  void stop_everything();
  void mind_the_time();
  [[nodiscard]] bool winding_up() const;
  /// A task may be begun, or begun again.
  [[nodiscard]] bool may_start() const;
  [[nodiscard]] std::uint64_t not_begun() const;
  void tell_all(const wind_up& what);
  void remark(const std::string& text);
  void show_progress();
  [[nodiscard]] run_figures figures() const;
  [[nodiscard]] double seconds() const;

  const options& how_;
  const task_list& tasks_;
  std::span<const std::uint32_t> todo_;
  drain& drain_;
  process_runner& local_;
  printer& out_;
  desk* guests_;
  cohort::crew::coordinator crew_;
  replacements replacements_;
  halt_policy halt_;
  shelf shelf_;
  progress_display progress_;
  std::uint64_t done_before_;
  std::uint64_t failed_before_;
  cohort::dispatch::time_point begun_;

  std::size_t next_ = 0;  ///< of todo_, the first not yet given to the scheduler
  bool starting_ = true;
  bool told_to_drain_ = false;                             ///< by SIGUSR1 to another rank
  std::map<cohort::dispatch::task_id, shelf::item> kept_;  ///< how tasks ended, until the scheduler delivers them
  /// Last attempts that overran their timeout, and whose end is awaited; where they are.
  std::map<attempt_key, cohort::dispatch::worker_id> overdue_;
  std::set<attempt_key> discarded_;  ///< attempts whose end is of no interest: cancelled, or followed by another
  /// Ends of stopped attempts that the scheduler has not spoken about yet: it does when it is the task's turn.
  std::map<attempt_key, shelf::item> early_;
  std::map<cohort::dispatch::task_id, std::uint32_t> retries_;  ///< made so far, of unfinished tasks that had any
  std::vector<loss> untold_;  ///< losses whose tasks the scheduler is about to tell
  std::uint64_t run_again_ = 0;
  std::uint64_t lost_attempts_ = 0;  ///< with ranks; those of run_again_ among them
  std::uint64_t ended_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t timed_out_ = 0;
};

}  // namespace cohort_farm
