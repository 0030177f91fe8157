#pragma once

#include <cohort/dispatch/types.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace cohort::crew {

/// One attempt at one task, as it is given to a runner.
struct job {
  dispatch::task_id task = 0;
  std::uint32_t attempt = 0;  ///< 0 for the first
};

/// What a runner has to say about a job. The first three end the attempt; each job gets exactly one of those.
struct report {
  enum class kind : std::uint8_t {
    succeeded,  ///< payload: the result
    failed,     ///< payload: the error
    stopped,    ///< ended before it could end by itself, by runner::stop or from outside; payload: as the runner
                ///< likes
    started,    ///< the job has begun, `took` ago; sent only by runners whose jobs may have a timeout, or run long
    slots,      ///< from now on `took.count()` jobs run at the same time; `of` is empty
    note,       ///< a message to the program on the root; `of` may be empty
    told        ///< the signal `took.count()` has told this process to wind up; `of` is empty
  };
  kind what = kind::note;
  job of;
  dispatch::duration took{0};  ///< running time of an ended attempt; or how long it has run, the slots, the signal
  std::vector<std::byte> payload;
  std::uint16_t member = 0;  ///< the rank that ran it, in the group of a runner that has one (see group_runner)
};

/// What executes jobs on one rank: the place where "how a task runs" (a function in a thread, a child process)
/// meets "who runs what when", which is the dispatch core's. Called by one thread only, the one that owns the
/// messages.
class runner {
 public:
  runner() = default;
  runner(const runner&) = delete;
  runner& operator=(const runner&) = delete;
  virtual ~runner() = default;

  /// How many jobs run at the same time.
  [[nodiscard]] virtual std::uint32_t slots() const = 0;

  /// Takes a job; never blocks. Jobs are begun in the order in which they were accepted, slots() at a time.
  virtual void accept(job what, std::span<const std::byte> payload) = 0;

  /// Ends a job that runs, or drops it if it has not begun: a `stopped` report follows (or the ordinary one, if the
  /// job was faster). A job that is not here is none of our business: no report (the ordinary one is on its way).
  virtual void stop(job what) = 0;

  /// Gives back up to `most` jobs that have not begun, the latest accepted first. They get no report.
  virtual std::vector<job> give_back(std::size_t most) = 0;

  /// A message from the program on the root.
  virtual void message(std::span<const std::byte> text) { (void)text; }

  /// Appends what there is to report to `out`, waiting at most `patience` for the first report (zero: only looks).
  virtual void collect(std::vector<report>& out, dispatch::duration patience) = 0;

  /// Runs jobs that are expected to be brief in the calling thread, for about `budget`: false if there was none.
  /// May be called while another thread calls the rest, but by one thread at a time.
  virtual bool help(dispatch::duration budget) {
    (void)budget;
    return false;
  }
  /// There is a job that help() would run, and that nobody else runs until no_help() is called.
  [[nodiscard]] virtual bool wants_help() const { return false; }
  /// Nobody is going to help now.
  virtual void no_help() {}

  /// Jobs accepted whose end has not been reported.
  [[nodiscard]] virtual std::size_t unfinished() const = 0;
};

}  // namespace cohort::crew
