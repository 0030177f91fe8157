#pragma once

#include <cohort/pattern/crew/runner.hpp>

#include "farm/capture.hpp"
#include "farm/child.hpp"
#include "farm/command_line.hpp"
#include "farm/environment.hpp"
#include "farm/guard.hpp"
#include "farm/result_files.hpp"
#include "farm/spill.hpp"
#include "farm/wire.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <poll.h>
#include <string>
#include <utility>
#include <vector>

namespace cohort_farm {

struct runner_settings {
  std::uint32_t slots = 1;
  std::uint32_t rank = 0;        ///< COHORT_RANK
  std::uint32_t first_slot = 1;  ///< PARALLEL_JOBSLOT of the first slot; rank * slots + 1 makes it unique in a run
  bool report_starts = false;    ///< needed for timeouts
  bool guarded = false;          ///< children end when this process dies, however it does (see guard)
  std::string results = {};      ///< --results; empty: outputs are captured
  std::string temporary = {};    ///< where large outputs go until they are fetched; empty: $TMPDIR, else /tmp
  std::chrono::nanoseconds stop_grace = std::chrono::seconds{2};  ///< from SIGTERM to SIGKILL
  std::chrono::nanoseconds start_patience =
      std::chrono::seconds{30};  ///< while the system lacks processes or memory
};

/// Runs shell commands as child processes, `slots` at a time. Payloads are as in wire.hpp: a job carries a
/// task_order, an ended attempt (a stopped one too) a completion, messages are requests, notes answer them with a
/// chunk.
///
/// A child has its own process group. When it has ended, its group's background processes live on, unless the job
/// was stopped; what they write later is lost. Outputs take at most 128 KiB of memory per slot; those too large for
/// a completion stay in the spill until released. In a completion nothing is lost: if an output could not be kept,
/// the attempt has failed and its standard error says so.
///
/// An attempt that ends by SIGTERM or SIGUSR1 while this process gets the same signal (see interruption) was not
/// ended by its own fault: whoever ends a job signals all its processes. It is reported as stopped. To tell, the
/// end of one that dies by such a signal is held back for half a second.
///
/// The only wait is collect()'s. Descriptors: three per running child, one for the spill; the constructor raises
/// the soft limit if the slots need it. Resets a SIGCHLD that is ignored, since children that nobody can wait for
/// would have no status.
class process_runner final : public cohort::crew::runner {
 public:
  /// Throws farm_error if the limit of descriptors is too low for so many slots.
  explicit process_runner(runner_settings how);
  ~process_runner() override;

  [[nodiscard]] std::uint32_t slots() const override { return how_.slots; }
  void accept(cohort::crew::job what, std::span<const std::byte> payload) override;
  void stop(cohort::crew::job what) override;
  std::vector<cohort::crew::job> give_back(std::size_t most) override;
  void message(std::span<const std::byte> text) override;
  void collect(std::vector<cohort::crew::report>& out, cohort::dispatch::duration patience) override;
  [[nodiscard]] std::size_t unfinished() const override { return unfinished_; }

  /// Ends all children and drops what has not begun; the next collect() reports them. Children and their groups get
  /// SIGTERM, a child that has not ended after stop_grace SIGKILL; what is left of the groups when the last child
  /// has ended is killed at once. Returns when all are gone. The destructor does the same.
  void end_all();

  /// Outputs that wait to be released.
  [[nodiscard]] std::size_t kept() const noexcept { return kept_.size(); }

 private:
  using clock = std::chrono::steady_clock;
  struct waiting_job {
    cohort::crew::job of;
    bytes payload;
  };
  struct running_job;
  struct kept_output {
    capture out;
    capture err;
  };
  /// An ended attempt whose end may have come from outside.
  struct held_end {
    cohort::crew::job of;
    completion how;
    clock::time_point ended;
  };
  /// A stopped job's child that has ended: kept as a zombie, which keeps its group's number, until the rest of the
  /// group has had its time.
  struct lingering_group {
    child leader;
    clock::time_point kill_at;
  };

  void start_waiting();
  [[nodiscard]] bool start(const waiting_job& next);
  [[nodiscard]] int spawn(running_job& job, const task_order& order);
  void start_failed(const waiting_job& what, int error, std::string_view why);
  void look(clock::time_point until);
  void read_some(descriptor& from, capture& into);
  void drain(descriptor& from, capture& into);
  void finish(running_job& job);
  void tell_to_end(running_job& job, std::chrono::nanoseconds grace);
  [[nodiscard]] bool hold(cohort::crew::job of, const completion& how);
  void settle(clock::time_point now, bool all = false);
  [[nodiscard]] clock::time_point held_until(clock::time_point until) const;
  void pass_on_drain();
  [[nodiscard]] completion complete(running_job& job, const child_end& how);
  void hand_over_output(running_job& job, completion& how);
  void kill_overdue(clock::time_point now);
  void end_lingering() noexcept;
  child_end reap(child& process) noexcept;
  void report_end(cohort::crew::job of, cohort::crew::report::kind what, const completion& how);
  void answer(const fetch& what);
  void answer(const release& what);
  void answer(const wind_up& what);

  runner_settings how_;
  std::string host_;
  spawner spawner_;
  command_parser parser_;
  child_environment environment_;
  spill spill_;
  std::optional<result_files> results_;
  std::optional<guard> guard_;
  std::deque<waiting_job> waiting_;
  std::vector<running_job> running_;
  std::vector<std::uint32_t> free_slots_;  ///< the lowest last
  std::vector<lingering_group> lingering_;
  std::vector<held_end> held_;
  std::map<std::pair<std::uint64_t, std::uint32_t>, kept_output> kept_;
  std::vector<cohort::crew::report> ready_;
  std::vector<pollfd> polled_;
  bytes buffer_;
  std::size_t unfinished_ = 0;
  bool drain_told_ = false;
  clock::time_point collecting_since_{};
  clock::time_point start_again_{};  ///< after a start for which something was lacking
  clock::time_point lacking_since_{};
  std::chrono::nanoseconds pause_{0};
};

}  // namespace cohort_farm
