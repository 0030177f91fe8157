#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/dispatch/scheduler.hpp>
#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/crew/client.hpp>
#include <cohort/pattern/crew/letter.hpp>
#include <cohort/pattern/crew/post.hpp>
#include <cohort/pattern/crew/runner.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cohort::crew {

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

  /// One more worker that runs here, such as one behind which there are others: its number, from ranks() on. It is
  /// looked at after the root's own runner, and not waited for; while it wants help, the root does not sleep long.
  dispatch::worker_id add_runner(runner& more);

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
  void take_back(dispatch::worker_id worker, job of);
  void hear_report(client::heard_report said, std::span<const std::byte> payload);
  void act();
  void perform(const dispatch::assign& what);
  void perform(const dispatch::stop& what);
  void perform(const dispatch::recall& what);
  void flush();
  [[nodiscard]] letter& to(dispatch::worker_id worker);
  bool collect(dispatch::worker_id worker, runner& from, dispatch::duration patience);
  [[nodiscard]] runner* here(dispatch::worker_id worker) const;

  communicator comm_;
  runner& local_;
  std::vector<runner*> more_;
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
