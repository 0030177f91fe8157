#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/dispatch/scheduler.hpp>
#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/crew/client.hpp>
#include <cohort/pattern/crew/inbox.hpp>
#include <cohort/pattern/crew/letter.hpp>
#include <cohort/pattern/crew/post.hpp>
#include <cohort/pattern/crew/runner.hpp>
#include <cohort/pattern/crew/silence.hpp>
#include <cohort/pattern/crew/survival.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
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
              const std::string& host, const survival& losses = {});
  coordinator(const coordinator&) = delete;
  coordinator& operator=(const coordinator&) = delete;
  ~coordinator() = default;

  [[nodiscard]] dispatch::scheduler& scheduler() noexcept { return scheduler_; }
  [[nodiscard]] const dispatch::scheduler& scheduler() const noexcept { return scheduler_; }
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// Nothing will happen without a new worker.
  [[nodiscard]] bool stalled() const noexcept { return stalled_; }

  /// When a runner last reported something.
  [[nodiscard]] dispatch::time_point last_heard() const noexcept { return last_heard_; }

  /// Workers that come and go while the crew runs; between steps only. @{
  /// One more worker that runs here, such as one behind which there are others: its number, from ranks() on, which
  /// none has again. It is looked at in each step after the root's own runner, and not waited for; while it wants
  /// help, the root does not sleep long. `more` is borrowed until one of the two below, or for good.
  dispatch::worker_id add_runner(runner& more, std::string host = {});
  /// Takes an added worker away that leaves in order: what it gives back and what it has to report counts, and what
  /// it then still has goes back to the queue, at no charge to the tasks. (So that it gets nothing more before, the
  /// owner may drain it by scheduler().) The client hears of each attempt that is given back or reported.
  void remove_runner(dispatch::worker_id worker);
  /// An added worker gets nothing more from now on, and gives back what it has not begun. It stays, to report and
  /// to be talked to, as a rank that was told to end. May be called again, for what it has given back since.
  void rest_runner(dispatch::worker_id worker);
  /// Takes an added worker away that is lost, unheard: as for a rank, client::lost says so, and the tasks that it
  /// ran are charged with the loss. Other than a lost rank, it does not keep MPI from being finalised.
  void lose_runner(dispatch::worker_id worker, const std::string& why);
  /// @}

  /// One round: takes what has come, does what the scheduler says. If there is nothing to do, sleeps at most
  /// `patience`. Exceptions of the client pass through; the coordinator may be used further.
  void step(dispatch::duration patience);

  /// Sends a note to a worker's runner (to the local one directly).
  void tell(dispatch::worker_id worker, std::span<const std::byte> text);

  /// Ends the crew: tells the workers to leave, and returns when all have gone. What still runs there (attempts
  /// that were given up at their timeout, or cancelled) may finish for `grace`. Returns what did not, for a
  /// message. Lost workers are not waited for. If there are such, all that are left learn that MPI cannot be
  /// finalised (see detail::note_loss).
  /// Where ranks may be lost, `say` is called when all the others have ended, and what it returns goes to their
  /// runners as the last note: no collective call could carry it.
  using last_word = std::function<std::vector<std::byte>()>;
  struct leftover {
    dispatch::worker_id worker = 0;
    std::size_t jobs = 0;
  };
  std::vector<leftover> dismiss(dispatch::duration grace, const last_word& say = {});

  /// The workers that were given up for lost, in that order.
  [[nodiscard]] const std::vector<dispatch::worker_id>& lost() const noexcept { return lost_; }

  /// For how long a rank has said nothing, where ranks may be lost; zero for the root.
  [[nodiscard]] dispatch::duration silent_for(dispatch::worker_id rank) const {
    return silence_ && rank != self_ ? silence_->of(static_cast<int>(rank)) : dispatch::duration{0};
  }

  /// Whether worker `w` has said hello, and from where; empty before. For added workers as add_runner was told,
  /// also when they have gone.
  [[nodiscard]] const std::string& host(dispatch::worker_id w) const {
    return w < ranks() ? hosts_[w] : more_.at(w - ranks()).host;
  }
  /// All have said hello, but for those that are lost.
  [[nodiscard]] bool all_here() const {
    for (std::size_t w = 0; w != hosts_.size(); ++w) {
      if (hosts_[w].empty() && !is_lost(static_cast<dispatch::worker_id>(w))) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t ranks() const noexcept { return hosts_.size(); }
  /// The numbers that workers have or had: those of ranks, then those of added ones.
  [[nodiscard]] std::size_t workers() const noexcept { return ranks() + more_.size(); }

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
  [[nodiscard]] bool is_lost(dispatch::worker_id worker) const {
    return silence_ && worker < ranks() && silence_->lost(static_cast<int>(worker));
  }
  void keep_watch();
  void give_up(dispatch::worker_id worker, const std::string& why);
  void part(const last_word& say);
  bool collect(dispatch::worker_id worker, runner& from, dispatch::duration patience);
  struct added {
    runner* runs;  ///< null: it has gone
    std::string host;
  };
  [[nodiscard]] runner* here(dispatch::worker_id worker) const;
  [[nodiscard]] bool has_gone(dispatch::worker_id worker) const {
    return worker >= ranks() && more_[worker - ranks()].runs == nullptr;
  }
  [[nodiscard]] added& staying(dispatch::worker_id worker);
  [[nodiscard]] std::size_t lost_ranks() const;

  communicator comm_;
  runner& local_;
  std::vector<added> more_;
  client& program_;
  dispatch::scheduler scheduler_;
  survival survival_;
  std::optional<silence> silence_;  ///< if workers may be lost
  dispatch::time_point next_watch_{0};
  std::vector<dispatch::worker_id> lost_;
  post post_;
  inbox inbox_;
  backoff pause_;
  std::vector<letter> letters_;              ///< to each worker, not yet sent
  std::vector<dispatch::worker_id> unsent_;  ///< whose letters are not empty
  std::vector<std::string> hosts_;
  std::vector<bool> gone_;
  std::vector<leftover> leftovers_;
  std::vector<std::byte> scratch_;
  std::vector<report> reports_;
  dispatch::worker_id self_;
  dispatch::time_point last_heard_;
  bool finished_ = false;
  bool stalled_ = false;
};

}  // namespace cohort::crew
