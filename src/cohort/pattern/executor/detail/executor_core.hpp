#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/coordinator.hpp>
#include <cohort/pattern/detail/window.hpp>
#include <cohort/pattern/executor/detail/failure_record.hpp>
#include <cohort/pattern/executor/detail/function_table.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>
#include <cohort/pattern/executor/detail/task_runner.hpp>
#include <cohort/pattern/executor/detail/unasked_failures.hpp>
#include <cohort/pattern/executor/executor_options.hpp>
#include <cohort/pattern/executor/statistics.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cohort::detail {

/// The root's half of an executor. Whoever waits for a future drives it, under the lock; while nobody waits, a
/// thread of its own looks every half millisecond, if MPI lets several threads take turns. Brief tasks
/// of this rank are run by the thread that waits; should one not be brief, the executor's own thread drives.
class executor_core final : public task_home, private crew::client {
 public:
  executor_core(const communicator& comm, std::shared_ptr<rank_services> local, const executor_options& options,
                bool own_thread, std::shared_ptr<store_writer> store);
  ~executor_core() override;

  void submit(std::shared_ptr<future_core> core, task_frame&& frame, const task_terms& terms) override;
  [[nodiscard]] task_terms terms(const submit_options& options) const override { return local_->terms(options); }
  [[nodiscard]] std::shared_ptr<const keeping> keeping_of(const submit_options& options) const override;
  bool wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) override;
  [[nodiscard]] task_state state(const future_core& core) override;
  [[nodiscard]] std::size_t slots() override { return slots_; }
  [[nodiscard]] const travel::module_table& modules() const override { return local_->modules(); }
  [[nodiscard]] const std::shared_ptr<const exception_types>& exceptions() const override {
    return local_->exceptions();
  }

  [[nodiscard]] executor_report statistics();
  void limit_rate(const std::string& queue, double per_second, std::uint32_t burst);
  /// To be called before the executor waits for its tasks to end.
  void at_end(std::function<void()> what);

  /// Waits until all tasks have ended (or revokes them all), and lets the other ranks go. Then throws the first
  /// failure that nobody asked about, unless `revoke`.
  void shut_down(bool revoke);

 private:
  struct entry {
    frame_head head;
    buffer<std::byte> bytes;
    std::shared_ptr<future_core> core;  ///< null for a task's task:
    dispatch::worker_id submitter = 0;
    std::uint64_t number = 0;  ///< as the submitter counts
    std::uint32_t function = 0;
    std::uint32_t retries = 0;
    std::vector<std::byte> error;  ///< of the last attempt that failed: a failure_record
  };

  std::uint64_t add(entry&& what, const task_terms& terms);
  void cancel_submitted(const future_core& core) override;
  void drive(dispatch::duration patience);
  void help();
  void check_stuck();
  void follow_tasks();
  void sift_unasked();
  void finish(entry& of, nested_note::kind how, std::span<const std::byte> outcome);

  void joined(dispatch::worker_id worker) override;
  void heard(const heard_report& said) override;
  std::size_t task_size(dispatch::task_id task) override;
  void write_task(dispatch::task_id task, std::byte* to) override;
  void keep_result(dispatch::task_id task, std::span<const std::byte> payload) override;
  void keep_error(dispatch::task_id task, std::span<const std::byte> payload) override;
  void deliver(const dispatch::deliver& what) override;
  void give_up(const dispatch::give_up& what) override;
  void retry(const dispatch::retry& what) override;
  void note(dispatch::worker_id worker, crew::job of, std::span<const std::byte> payload) override;

  std::shared_ptr<rank_services> local_;
  executor_options options_;
  std::shared_ptr<store_writer> store_;  ///< null: nothing is kept
  std::size_t slots_;
  clock::time_point begun_ = clock::now();

  // Guarded by mutex_.
  task_runner runner_;
  crew::coordinator coordinator_;
  window<entry> entries_;
  std::unordered_map<std::uint64_t, std::uint64_t> nested_;  ///< task ids of tasks' tasks, by submitter and number
  function_table functions_;
  std::vector<std::function<void()>> at_end_;
  unasked_failures unasked_;
  std::optional<failed_task> lost_failure_;  ///< the first that nobody can ask about any more
  std::size_t unsent_ = 0;
  std::size_t send_at_ = 1;
  std::optional<clock::time_point> stuck_since_;
  bool closing_ = false;
  bool dismissed_ = false;  ///< the other ranks have gone

  std::atomic<int> waiting_{0};          ///< threads that wait and help
  std::atomic<bool> helping_{false};     ///< one of them runs brief tasks
  std::atomic<std::uint64_t> helps_{0};  ///< how often that was
  std::condition_variable stop_following_;
  std::thread follower_;
};

}  // namespace cohort::detail
