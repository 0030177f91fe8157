#pragma once

#include <cohort/pattern/crew/gang/seat_desk.hpp>
#include <cohort/pattern/crew/thread_runner.hpp>
#include <cohort/pattern/executor/detail/brief_calls.hpp>
#include <cohort/pattern/executor/detail/data/data_rank.hpp>
#include <cohort/pattern/executor/detail/guard/guard_process.hpp>
#include <cohort/pattern/executor/detail/kept_state.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>
#include <cohort/pattern/executor/detail/queue_names.hpp>
#include <cohort/pattern/executor/detail/task_home.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cohort {
class task_context;
}

namespace cohort::detail {

class membership;

/// What the tasks of one rank use: turns their frames into calls, and is the home of the tasks that they submit,
/// which go to the root as notes. Outlives the runner if a task is left behind.
class rank_services final : public task_home {
 public:
  rank_services(int rank, int ranks, std::string host, std::size_t slots,
                std::shared_ptr<const travel::module_table> modules,
                std::shared_ptr<const exception_types> exceptions, queue_names queues);
  ~rank_services() override;

  /// Runs a task, in the thread it was given to.
  crew::outcome run(crew::job of, std::span<const std::byte> payload);

  /// Runs a task that may run anywhere, in a thread that waits on the root; appends the result to `out`, or if it
  /// fails, a failure_record: false. One at a time.
  bool run_own(const frame_head& head, std::span<const std::byte> frame, std::vector<std::byte>& out);

  /// Whether a task is expected to be over at once, so that whoever looks at messages may run it in between.
  [[nodiscard]] bool expects_brief(std::span<const std::byte> payload) const;

  /// Before the first task: guarded ones run through `guard`. Null: there are none.
  void use(std::shared_ptr<guard_process> guard);
  /// Before the first task: where they find their state, and shared data.
  void use(std::shared_ptr<kept_state> state, std::shared_ptr<data_home> data);
  /// Before the first task, where shared data come from the root by notes.
  void fetch_by(std::shared_ptr<data_rank> data) { remote_data_ = std::move(data); }
  void say_data(const data_note& what, std::span<const std::byte> body);
  /// If no task runs, shared data that have been given up can go.
  void release_data();

  /// Before the first task: where tasks of several ranks meet. Null: tasks must not call MPI.
  void use(std::shared_ptr<crew::seat_desk> desk) { desk_ = std::move(desk); }

  /// Before the first task: tasks of several ranks are refused, since the loss of one would hang the others.
  void survive() noexcept { survives_ = true; }
  /// What the root has said last; 1 before.
  [[nodiscard]] int status() const noexcept { return status_; }

  /// Where notes go, and waits are told; null when the runner ends.
  void attach(crew::thread_runner* runner);
  /// The root says how a nested task ended.
  void hear(std::span<const std::byte> text);
  /// A job that runs here is not wanted any more.
  void request_stop(crew::job of);

  void submit(std::shared_ptr<future_core> core, task_frame&& frame, const task_terms& terms) override;
  [[nodiscard]] task_terms terms(const submit_options& options) const override;
  bool wait(const std::function<bool()>& ready, std::optional<clock::time_point> deadline) override;
  [[nodiscard]] std::shared_ptr<void> rest() override;
  [[nodiscard]] task_state state(const future_core& core) override;
  [[nodiscard]] std::size_t slots() override { return slots_; }
  [[nodiscard]] const travel::module_table& modules() const override { return *modules_; }
  [[nodiscard]] const std::shared_ptr<const exception_types>& exceptions() const override { return exceptions_; }
  [[nodiscard]] const queue_names& queues() const noexcept { return queues_; }
  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] const std::string& host() const noexcept { return host_; }

 private:
  class running;
  void cancel_submitted(const future_core& core) override;
  void news() override;
  void post(const nested_note& head, std::span<const std::byte> body);
  void post(std::vector<std::byte>&& note);
  void tell_unasked();
  void lost(const future_core& failed) override;
  bool take_seat(membership& mine, crew::job seat, const std::atomic<bool>& stop);
  void check_ranks(const submit_options& options, dispatch::queue_id queue) const;
  crew::outcome run_guarded(const task_context& here, travel::function_key function,
                            std::span<const std::byte> frame);

  const int rank_;
  const int ranks_;  ///< of the executor
  const std::string host_;
  const std::size_t slots_;
  const std::shared_ptr<const travel::module_table> modules_;
  const std::shared_ptr<const exception_types> exceptions_;
  const queue_names queues_;
  brief_calls calls_;
  std::shared_ptr<guard_process> guard_;
  std::unique_ptr<task_context> own_;  ///< of run_own
  std::atomic<bool> own_runs_{false};  ///< a task is in there
  std::shared_ptr<kept_state> state_;
  std::shared_ptr<data_home> data_;
  std::shared_ptr<data_rank> remote_data_;  ///< null on the root
  std::shared_ptr<crew::seat_desk> desk_;
  bool survives_ = false;
  std::atomic<int> status_{1};

  // Guarded by mutex_.
  std::condition_variable news_;
  std::unordered_map<std::uint64_t, std::shared_ptr<future_core>> waited_for_;  ///< nested tasks by number
  std::uint64_t next_ = 0;
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::atomic<bool>*> stops_;  ///< of jobs that run
  std::deque<std::pair<std::uint64_t, std::uint32_t>> stopped_early_;  ///< the last that did not run when stopped
  crew::thread_runner* runner_ = nullptr;
};

}  // namespace cohort::detail
