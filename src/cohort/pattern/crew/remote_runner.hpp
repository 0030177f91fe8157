#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/backoff.hpp>
#include <cohort/pattern/crew/inbox.hpp>
#include <cohort/pattern/crew/letter.hpp>
#include <cohort/pattern/crew/post.hpp>
#include <cohort/pattern/crew/runner.hpp>
#include <cohort/pattern/crew/silence.hpp>
#include <cohort/pattern/crew/survival.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace cohort::crew {

/// A worker that came during the run, on messages of its own, as a runner for coordinator::add_runner: a process
/// that was spawned, say. It may be lost as others may; nothing here blocks.
///
/// The worker gets no more jobs than it has slots; the rest waits here, and can be given back at once. What it has
/// is reported as its runner reports it; notes pass in both directions.
class remote_runner final : public runner {
 public:
  /// Rank `worker` of `way` runs serve() on it, towards this one, with the same `losses`, which are on. `way`
  /// carries no other messages; if it has two sides (see intercommunicator), `worker` is a rank of the other.
  remote_runner(const communicator& way, int worker, const survival& losses);

  /// It has said hello. Until then slots() is 0: look at it by collect(), and add it to the crew afterwards.
  [[nodiscard]] bool here() const noexcept { return slots_ != 0; }
  /// Where it is, if it is here.
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  /// Why it is lost; empty as long as it is not. Nothing more comes of it then.
  [[nodiscard]] const std::string& lost() const noexcept { return lost_; }
  /// For how long it has said nothing.
  [[nodiscard]] dispatch::duration silent_for() const { return silence_.of(worker_); }
  /// It begins nothing more, since it was told to end from outside.
  [[nodiscard]] bool draining() const noexcept { return draining_; }

  [[nodiscard]] std::uint32_t slots() const override { return slots_; }
  void accept(job what, std::span<const std::byte> payload) override;
  void stop(job what) override;
  std::vector<job> give_back(std::size_t most) override;
  void message(std::span<const std::byte> text) override;
  /// Looks, but does not wait.
  void collect(std::vector<report>& out, dispatch::duration patience) override;
  [[nodiscard]] std::size_t unfinished() const override { return waiting_.size() + given_.size(); }

  /// The end. Tells the worker to leave when what it has is done, or after `grace`; it has_left() when it says so,
  /// or is lost. dismiss() lets it end then, and says how many ranks are lost (see detail::note_loss); it was told
  /// when sent() is true. Until that, somebody calls collect(). @{
  void leave(dispatch::duration grace);
  [[nodiscard]] bool has_left() const noexcept { return left_ || !lost_.empty(); }
  void dismiss(std::size_t lost_ranks);
  [[nodiscard]] bool sent() const noexcept { return post_.empty() || !lost_.empty(); }
  /// @}

 private:
  struct waiting_job {
    job of;
    std::vector<std::byte> payload;
  };
  void listen(std::vector<report>& out);
  void hear(const letter_reader::entry& said, std::vector<report>& out);
  void keep_watch();
  void give(waiting_job&& what);
  void give_what_fits();
  void flush();
  void forget(job what);

  int worker_;
  survival survival_;
  silence silence_;
  post post_;
  inbox inbox_;
  letter letter_;
  std::string host_;
  std::string lost_;
  std::uint32_t slots_ = 0;
  std::deque<waiting_job> waiting_;
  std::vector<job> given_;
  bool draining_ = false;
  bool left_ = false;
};

}  // namespace cohort::crew
