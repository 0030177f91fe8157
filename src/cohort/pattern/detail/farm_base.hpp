#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/core/detail/owned.hpp>
#include <cohort/pattern/crew/client.hpp>
#include <cohort/pattern/crew/levels.hpp>
#include <cohort/pattern/detail/farm_work.hpp>
#include <cohort/pattern/drained_farm.hpp>
#include <cohort/pattern/farm_options.hpp>
#include <cohort/pattern/farm_report.hpp>
#include <cohort/pattern/task_error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cohort::detail {

/// The ranks of a farm and their masters, on a duplicate of `comm`. Throws argument_error for options that make no
/// sense; on every rank, since one that found out alone would leave the others waiting.
[[nodiscard]] crew::levels farm_lane(const communicator& comm, const farm_options& options, int root,
                                     const call_site& where);

/// Lives while the ranks of a farm make what they need, together. Afterwards the loss of one makes no other wait.
class farm_start {
 public:
  farm_start(const crew::levels& ranks, const farm_options& options) : ranks_{ranks}, options_{options} {}
  farm_start(const farm_start&) = delete;
  farm_start& operator=(const farm_start&) = delete;
  ~farm_start();

 private:
  const crew::levels& ranks_;
  const farm_options& options_;
};

/// Throws error if a run can no longer begin, since a rank was lost in an earlier one.
void farm_begin(const farm_options& options, const call_site& where);

/// The root's half of farm::run: the side that does not know the types of tasks and results.
class farm_base : public crew::client {
 public:
  farm_base(const crew::levels& ranks, farm_rank&& mine, const farm_options& options);
  ~farm_base() override;

  /// Runs until every task has ended and every rank has left; shares the report with them. Throws task_error for a
  /// failure that nobody handled, and what a callback threw.
  farm_report run();

 protected:
  /// What may be unfinished: so many tasks, of so many bytes, but `anyway` whatever they weigh.
  struct intake {
    std::size_t tasks;
    std::size_t bytes;
    std::size_t anyway;
  };
  /// Submits tasks of the input until so many are unfinished; false: the input has ended.
  virtual bool refill(const intake& most) = 0;
  /// Tells the scheduler of one more task, the next in number.
  void add_task();
  /// The first failure that nobody handles ends the run.
  void unhandled(task_failure&& failure);
  /// A callback has thrown: none is called any more.
  [[nodiscard]] bool silenced() const noexcept { return silenced_; }
  /// The failure as the program sees it. `retries`: how often the task had been tried again.
  [[nodiscard]] task_failure complete(std::optional<task_failure>&& kept, const dispatch::give_up& what,
                                      std::uint32_t retries) const;
  /// Another attempt will follow.
  void retrying(const dispatch::retry& what);
  /// A task is not run to its end: it is kept for the end of the run.
  void left_over(task_failure&& failure);
  /// At the end, of what left_over() was told.
  [[noreturn]] virtual void throw_drained(const drained_run& why) = 0;
  /// The task's attempt is over, if it is known to have begun; at its timeout, perhaps.
  void forget_start(dispatch::task_id task, bool timed_out);

 private:
  void loop();
  void check_stuck();
  void check_held();
  [[nodiscard]] std::string left_inside() const;
  [[nodiscard]] std::chrono::nanoseconds patience() const;
  void cancel();
  [[nodiscard]] farm_report make_report(double seconds) const;
  void heard(const heard_report& what) override;
  void told(dispatch::worker_id worker, std::uint16_t member, int signal) override;
  void mind_the_time(bool more);
  [[nodiscard]] std::string what_is_left(const farm_report& report) const;
  void lost(dispatch::worker_id worker, std::string_view why) override;
  [[nodiscard]] int where_it_ran(const dispatch::give_up& what) const;

  crew::levels ranks_;
  farm_options options_;
  std::string host_;
  struct engine;  ///< the coordinator and the root's own runner: their headers are not for every user's program
  owned<engine> engine_;
  std::optional<task_failure> first_failure_;
  /// Two levels only: what each rank did, and where tasks began that have not ended (if starts are told). @{
  std::vector<rank_report> did_;
  std::unordered_map<dispatch::task_id, int> began_on_;
  /// @}
  std::map<dispatch::worker_id, std::uint64_t> rerun_;  ///< attempts that went with each that was lost
  dispatch::duration idle_{0};                          ///< waited for reports in vain so far
  std::optional<dispatch::time_point>
      held_since_;                          ///< nothing has run that is still wanted (tasks of several ranks)
  std::optional<task_failure> first_left_;  ///< of the tasks that are not run to their end
  bool input_left_ = false;
  bool cancelled_ = false;
  bool stuck_ = false;
  bool silenced_ = false;
};

}  // namespace cohort::detail
