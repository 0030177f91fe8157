#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/dispatch/scheduler.hpp>
#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/crew/letter.hpp>
#include <cohort/pattern/crew/post.hpp>
#include <cohort/pattern/crew/runner.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace cohort::crew {

/// The program on the root: knows what the tasks are and what to do with their results.
class client {
 public:
  client() = default;
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  virtual ~client() = default;

  /// A worker is here now (the scheduler knows it).
  virtual void joined(dispatch::worker_id worker) { (void)worker; }

  /// A worker says that an attempt has begun (the scheduler knows it; the attempt may be of no interest any more).
  virtual void started(dispatch::worker_id worker, job of) { (void)worker, (void)of; }

  /// The task's bytes for a worker: how many, then written to `to`.
  virtual std::size_t task_size(dispatch::task_id task) = 0;
  virtual void write_task(dispatch::task_id task, std::byte* to) = 0;

  /// A wanted result has come; keep it until `deliver` (at once, or when its turn comes if results are ordered).
  virtual void keep_result(dispatch::task_id task, std::span<const std::byte> payload) = 0;
  /// An attempt failed; its error may be needed by a later `give_up`. `worker` names the rank.
  virtual void keep_error(dispatch::task_id task, std::span<const std::byte> payload) = 0;

  /// The report of an attempt of which the scheduler wants to know no more, since it was stopped, though it may
  /// have ended by itself: the only word of how it did. Once for each attempt that was given up while a worker had
  /// it, after or (ordered) before the give_up or retry that names it.
  virtual void stale(dispatch::worker_id worker, job of, std::span<const std::byte> payload) {
    (void)worker, (void)of, (void)payload;
  }

  /// As the scheduler's actions of these names. @{
  virtual void deliver(const dispatch::deliver& what) = 0;
  virtual void give_up(const dispatch::give_up& what) = 0;
  virtual void retry(const dispatch::retry& what) { (void)what; }
  /// @}

  /// A runner's note.
  virtual void note(dispatch::worker_id worker, job of, std::span<const std::byte> payload) {
    (void)worker, (void)of, (void)payload;
  }
};

/// Carries the scheduler's actions to the workers and their reports to the scheduler: the root's half of a crew.
/// The root works too: `local` is its own runner, and jobs for it take no message.
///
/// Every call comes from one thread. Between steps the owner may add tasks, cancel, and close through scheduler().
class coordinator {
 public:
  /// Every other rank of `comm` runs serve() on it; `comm` must carry no other messages.
  coordinator(const communicator& comm, runner& local, client& program, dispatch::settings how,
              const std::string& host);

  [[nodiscard]] dispatch::scheduler& scheduler() noexcept { return scheduler_; }
  [[nodiscard]] const dispatch::scheduler& scheduler() const noexcept { return scheduler_; }
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// Nothing will happen without a new worker.
  [[nodiscard]] bool stalled() const noexcept { return stalled_; }

  /// When a runner last reported something.
  [[nodiscard]] dispatch::time_point last_heard() const noexcept { return last_heard_; }

  /// One round: takes what has come, does what the scheduler says. If there is nothing to do, sleeps at most
  /// `patience`. Exceptions of the client pass through; the coordinator may be used further.
  void step(dispatch::duration patience);

  /// Sends a note to a worker's runner (to the local one directly).
  void tell(dispatch::worker_id worker, std::span<const std::byte> text);

  /// Ends the crew: tells the workers to leave, and returns when all have gone. What still runs there (attempts
  /// that were given up at their timeout, or cancelled) may finish for `grace`. Returns what did not, for a
  /// message.
  struct leftover {
    dispatch::worker_id worker = 0;
    std::size_t jobs = 0;
  };
  std::vector<leftover> dismiss(dispatch::duration grace);

  /// Whether worker `w` has said hello, and from where; empty before.
  [[nodiscard]] const std::string& host(dispatch::worker_id w) const { return hosts_.at(w); }
  [[nodiscard]] bool all_here() const noexcept {
    return std::none_of(hosts_.begin(), hosts_.end(), [](const std::string& h) { return h.empty(); });
  }
  [[nodiscard]] std::size_t ranks() const noexcept { return hosts_.size(); }

 private:
  bool listen();
  bool look_local(dispatch::duration patience);
  void hear(dispatch::worker_id worker, const letter_reader::entry& said);
  void hear_report(dispatch::worker_id worker, job of, report::kind what, dispatch::duration took,
                   std::span<const std::byte> payload);
  void act();
  void perform(const dispatch::assign& what);
  void perform(const dispatch::stop& what);
  void perform(const dispatch::recall& what);
  void flush();
  [[nodiscard]] letter& to(dispatch::worker_id worker);

  communicator comm_;
  runner& local_;
  client& program_;
  dispatch::scheduler scheduler_;
  post post_;
  backoff pause_;
  std::vector<letter> letters_;              ///< to each worker, not yet sent
  std::vector<dispatch::worker_id> unsent_;  ///< whose letters are not empty
  std::vector<std::string> hosts_;
  std::vector<bool> gone_;
  std::vector<leftover> leftovers_;
  std::vector<std::byte> in_;
  std::vector<std::byte> scratch_;
  std::vector<report> reports_;
  dispatch::worker_id self_;
  dispatch::time_point last_heard_;
  bool finished_ = false;
  bool stalled_ = false;
};

}  // namespace cohort::crew
