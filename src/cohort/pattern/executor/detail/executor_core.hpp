#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/coordinator.hpp>
#include <cohort/pattern/crew/drain_runner.hpp>
#include <cohort/pattern/crew/gang/gang_master.hpp>
#include <cohort/pattern/detail/drain_desk.hpp>
#include <cohort/pattern/detail/window.hpp>
#include <cohort/pattern/executor/detail/data/data_root.hpp>
#include <cohort/pattern/executor/detail/executor_journal.hpp>
#include <cohort/pattern/executor/detail/failure_record.hpp>
#include <cohort/pattern/executor/detail/function_table.hpp>
#include <cohort/pattern/executor/detail/lane_batch.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>
#include <cohort/pattern/executor/detail/own_lane.hpp>
#include <cohort/pattern/executor/detail/task_entry.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>
#include <cohort/pattern/executor/detail/task_runner.hpp>
#include <cohort/pattern/executor/executor_options.hpp>
#include <cohort/pattern/executor/statistics.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cohort::detail {

/// The root's half of an executor. Whoever waits for a future drives it, under the lock; while nobody waits, a
/// thread of its own looks every half millisecond, if MPI lets several threads take turns. Brief tasks
/// of this rank are run by the thread that waits; should one not be brief, the executor's own thread drives.
///
/// Tasks that cost less than sending them (of functions whose calls took less than a microsecond so far) are not
/// sent: they wait in a lane for the thread that waits, and go the way of the others when none does.
class executor_core final : public task_home, private crew::client, private crew::gang_host {
 public:
  /// `own_thread`: any thread may call MPI, if not two at a time. `gangs`: any at any time. `losses`: how the
  /// executor survives them.
  executor_core(const communicator& comm, std::shared_ptr<rank_services> local, const executor_options& options,
                const crew::drain_watch& watch, bool own_thread, bool gangs, std::shared_ptr<store_writer> store,
                std::shared_ptr<executor_journal> journal, const crew::survival& losses);
  ~executor_core() override;

  void submit(std::shared_ptr<future_core> core, task_frame&& frame, const task_terms& terms) override;
  [[nodiscard]] task_terms terms(const submit_options& options) const override { return local_->terms(options); }
  [[nodiscard]] std::shared_ptr<const keeping> keeping_of(const submit_options& options) const override;
  void forgo(const std::shared_ptr<future_core>& core, const failed_task& why) override;
  bool wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) override;
  bool look() override;
  [[nodiscard]] task_state state(const future_core& core) override;
  [[nodiscard]] std::size_t slots() override { return slots_; }
  [[nodiscard]] bool one_by_one(dispatch::queue_id queue) override;
  [[nodiscard]] const travel::module_table& modules() const override { return local_->modules(); }
  [[nodiscard]] const std::shared_ptr<const exception_types>& exceptions() const override {
    return local_->exceptions();
  }

  /// Before the first task: what the body shares.
  void use(std::shared_ptr<data_root> data) { data_ = std::move(data); }
  [[nodiscard]] data_root& data() noexcept { return *data_; }
  void unshare(data_name what);

  [[nodiscard]] executor_report statistics();
  void limit_rate(const std::string& queue, double per_second, std::uint32_t burst);
  /// To be called before the executor waits for its tasks to end.
  void at_end(std::function<void()> what);

  /// The executor winds up.
  [[nodiscard]] bool draining();
  /// The names of the body's tasks that were not run to their end for that, so far.
  [[nodiscard]] std::vector<std::string> not_run();
  /// What run_executor returns when the body has returned this: resume_status instead of 0, if there are such.
  [[nodiscard]] int status_with_rest(int status) const noexcept;
  /// At the very end: says on standard error what was not run.
  void tell_rest() const;

  /// Waits until all tasks have ended (or revokes them all), and lets the other ranks go. Then throws the first
  /// failure that nobody asked about, unless `revoke`. Where ranks may be lost the others hear then what to return:
  /// `status`, or 1 if it is going to throw.
  void shut_down(bool revoke, int status);

  /// After that: which members of tasks that several ranks ran have not returned, and who failed; empty: all have.
  [[nodiscard]] std::string left_inside() const;

 private:
  std::uint64_t add(task_entry&& what, const task_terms& terms);
  void cancel_submitted(const future_core& core) override;
  void drive(dispatch::duration patience);
  void help();
  /// Whether this thread is the one that may run tasks between looks, as long as this object lives.
  class turn {
   public:
    explicit turn(executor_core& of) noexcept : of_{of.helping_.exchange(true) ? nullptr : &of} {
      if (of_ != nullptr) ++of.helps_;
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() {
      if (of_ != nullptr) of_->helping_ = false;
    }
    explicit operator bool() const noexcept { return of_ != nullptr; }

   private:
    executor_core* of_;
  };
  [[nodiscard]] data_root::teller data_teller();
  void check_stuck();
  void follow_tasks();
  void nap(std::unique_lock<std::mutex>& lock);
  void stir();
  void mind_the_time();
  void leave_out(const task_failure& failure, const future_core& core);
  void lost(const future_core& failed) override;
  [[nodiscard]] std::vector<std::byte> last_word(bool revoke, int status);
  void finish(task_entry& of, nested_note::kind how, std::span<const std::byte> outcome);

  /// Of the lane. @{
  [[nodiscard]] bool may_stay(const task_terms& terms) const noexcept;
  void run_lane(const std::function<bool()>& ready);
  void fill_batch();
  void end_batch();
  void end_own(lane_batch::item& what);
  void cancel_own(const future_core& core);
  void release_lane();
  /// @}

  void joined(dispatch::worker_id worker) override;
  void lost(dispatch::worker_id worker, std::string_view why) override;
  void heard(const heard_report& said) override;
  std::size_t task_size(dispatch::task_id task) override;
  void write_task(dispatch::task_id task, std::byte* to) override;
  void keep_result(dispatch::task_id task, std::span<const std::byte> payload) override;
  void keep_error(dispatch::task_id task, std::span<const std::byte> payload) override;
  void deliver(const dispatch::deliver& what) override;
  void give_up(const dispatch::give_up& what) override;
  void retry(const dispatch::retry& what) override;
  void note(dispatch::worker_id worker, crew::job of, std::span<const std::byte> payload) override;
  void told(dispatch::worker_id worker, std::uint16_t member, int signal) override;
  void stale(dispatch::worker_id worker, crew::job of, std::span<const std::byte> payload) override;

  // Tasks that several ranks run: executor_core_gangs.cpp
  void make_gangs(std::uint32_t threads);
  [[nodiscard]] crew::gang_terms terms_of(dispatch::task_id gang) const override;
  dispatch::task_id add_seat(const dispatch::task_options& how) override;
  [[nodiscard]] bool served(dispatch::queue_id queue) const;
  /// A task's task, by the rank that submitted it and its number there. @{
  static constexpr unsigned nested_bits = 44;
  [[nodiscard]] static constexpr std::uint64_t nested_key(dispatch::worker_id submitter,
                                                          std::uint64_t number) noexcept {
    return (std::uint64_t{submitter} << nested_bits) | number;
  }
  /// @}
  [[nodiscard]] bool is_seat(dispatch::task_id task) const { return gangs_ && gangs_->is_seat(task); }
  void write_seat(dispatch::task_id seat, std::byte* to);
  /// Where a task was, its leader's if several ranks ran it.
  [[nodiscard]] dispatch::worker_id rank_of(dispatch::worker_id worker, dispatch::task_id task) const;

  std::shared_ptr<rank_services> local_;
  std::shared_ptr<data_root> data_;
  executor_options options_;
  std::shared_ptr<store_writer> store_;        ///< null: nothing is kept
  std::shared_ptr<executor_journal> journal_;  ///< null: nothing is recorded
  std::size_t slots_;
  clock::time_point begun_ = clock::now();

  // Guarded by mutex_.
  task_runner runner_;
  crew::drain_runner told_;  ///< the same, with signals
  crew::coordinator coordinator_;
  std::optional<drain_desk> drain_;  ///< if it may have to wind up
  std::vector<std::string> not_run_;
  std::uint64_t forgone_ = 0;  ///< of these, never submitted, since what they were to be given was not run
  window<task_entry> entries_;
  std::unique_ptr<crew::gang_master> gangs_;                 ///< null: tasks must not call MPI
  std::unordered_map<std::uint64_t, std::uint64_t> nested_;  ///< task ids of tasks' tasks, by submitter and number
  function_table functions_;
  std::vector<std::function<void()>> at_end_;
  std::optional<failed_task> lost_failure_;  ///< the first that nobody can ask about any more
  std::uint64_t lost_failures_ = 0;          ///< how many
  std::vector<dispatch::queue_id> limited_;  ///< queues whose rate is
  std::size_t unsent_ = 0;
  std::size_t send_at_ = 1;
  std::optional<clock::time_point> stuck_since_;
  std::map<dispatch::worker_id, std::uint64_t> rerun_;  ///< attempts that went with each rank that was lost
  std::uint64_t submitted_ = 0;                         ///< tasks, those of tasks included
  own_lane lane_;
  bool lane_open_;    ///< false: this rank must not run tasks as it likes
  lane_batch batch_;  ///< what has been taken out of it by the thread that helps
  /// Of the lane's tasks that have ended.
  struct {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t cancelled = 0;
    dispatch::duration busy{0};
  } lane_did_;
  bool naps_ = false;  ///< the executor's own thread, for longer than usual
  dispatch::time_point stirred_{0};
  bool closing_ = false;
  bool dismissed_ = false;  ///< the other ranks have gone

  std::atomic<int> waiting_{0};          ///< threads that wait and help
  std::atomic<bool> helping_{false};     ///< one of them runs brief tasks
  std::atomic<std::uint64_t> helps_{0};  ///< how often that was
  std::condition_variable stop_following_;
  std::thread follower_;
};

}  // namespace cohort::detail
