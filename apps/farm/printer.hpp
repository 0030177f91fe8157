#pragma once

#include <cohort/dispatch/types.hpp>

#include "farm/joblog.hpp"
#include "farm/output_writer.hpp"
#include "farm/shelf.hpp"
#include "farm/task_journal.hpp"
#include "farm/wire.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace cohort_farm {

/// A task that has ended for good.
struct printable {
  cohort::dispatch::worker_id worker = 0;
  cohort::crew::job of;
  completion how;
  std::string_view command;
  std::string host;
};

/// Prints the output of tasks, one after the other in the order in which they were added, and then records them in
/// log and journal: what these name has been printed. An output that is still with its runner is fetched piece by
/// piece, so that a task may have written any amount; the tasks behind it wait on a shelf.
class printer {
 public:
  /// Any of them may be null.
  struct records {
    joblog* log = nullptr;
    task_journal* journal = nullptr;
  };
  explicit printer(records to, output_writer writer = output_writer{}) : records_{to}, writer_{std::move(writer)} {}

  /// How to send a request to a worker's runner. Before the first output that needs it.
  using sender = std::function<void(cohort::dispatch::worker_id, const bytes&)>;
  void connect(sender tell) { tell_ = std::move(tell); }

  void add(printable&& task);
  /// A piece that was asked for.
  void receive(const chunk& piece);
  /// The outputs that this worker keeps will not come: their tasks are told on standard error and counted as lost.
  void lose(cohort::dispatch::worker_id worker);
  /// Prints what can be printed now, and waits for a slow reader for `most`; the others above do not wait.
  void pump(std::chrono::milliseconds most = {});

  /// What was recorded survives the end of this machine.
  void sync_records();

  /// Everything was printed and recorded.
  [[nodiscard]] bool empty() const noexcept { return queue_.empty() && (closed() || writer_.empty()); }
  /// Nobody reads our standard output any more, or writing it or a record failed (see problem()): no use in
  /// going on. What is added from then on is neither printed nor recorded.
  [[nodiscard]] bool closed() const noexcept { return writer_.reader_gone() || !problem_.empty(); }
  /// Tasks that were added, but whose output was not (or not wholly) taken: they are not recorded.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.tasks; }
  /// Those of them that had failed.
  [[nodiscard]] std::uint64_t lost_failed() const noexcept { return lost_.failed; }
  /// See output_writer.
  [[nodiscard]] bool in_line() const { return writer_.in_line(); }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  struct entry {
    cohort::dispatch::worker_id worker = 0;
    cohort::crew::job of;
    shelf::item how;
    std::string_view command;
    std::string host;
  };
  /// Where the fetching of the first entry's output is.
  struct progress {
    bool asked = false;
    stream from = stream::out;
    std::uint64_t offset = 0;
  };

  struct tally {
    std::uint64_t tasks = 0;
    std::uint64_t failed = 0;
    void add(const completion& how);
  };

  void print_first();
  void drop_first(std::string_view how_lost);
  void drop_all();
  void ask();
  bool finish_first(output_writer::clock::time_point until);
  void record(const entry& what, const completion& how);

  records records_;
  sender tell_;
  output_writer writer_;
  shelf shelf_;
  std::deque<entry> queue_;
  progress fetching_;
  std::optional<completion> printed_;  ///< the first entry's, when all of it is with the writer
  std::set<cohort::dispatch::worker_id> lost_workers_;
  tally unflushed_;  ///< tasks printed, but maybe not yet written
  tally lost_;
  std::string problem_;
};

}  // namespace cohort_farm
