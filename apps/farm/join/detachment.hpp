#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/coordinator.hpp>

#include "farm/drain.hpp"
#include "farm/join/correspondent.hpp"
#include "farm/options.hpp"
#include "farm/process_runner.hpp"
#include "farm/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cohort_farm {

/// The ranks of a job that has joined a farm: a crew of its own, whose root gets its tasks from the farm and gives
/// their ends to it. Retries, timeouts and the order of the tasks are the farm's affair.
class detachment final : private cohort::crew::client {
 public:
  struct parts {
    const options& how;
    correspondent& post;
    drain& until;  ///< when it leaves
    process_runner& local;
  };
  detachment(const cohort::communicator& comm, const parts& with, const std::string& host);

  /// How it has ended.
  struct ending {
    int status = 0;
    std::string why;
  };
  /// Runs what the farm sends until that has ended or is gone, time is over, or a signal comes. Nothing runs any
  /// more when it returns, and the crew is dismissed.
  ending run();

  /// Tasks whose end was reported.
  [[nodiscard]] std::uint64_t ran() const noexcept { return ran_; }

 private:
  using job = cohort::crew::job;
  using task_id = cohort::dispatch::task_id;
  using worker_id = cohort::dispatch::worker_id;
  using kind = cohort::crew::report::kind;

  struct entry {
    job of;             ///< at the farm
    bytes order;        ///< a task_order
    bytes result = {};  ///< a completion
    cohort::dispatch::duration took{0};
    std::optional<worker_id> worker = {};  ///< where it was heard of last
    std::uint32_t attempt = 0;             ///< there
    kind how = kind::stopped;              ///< as it was told last
    bool stopped = false;                  ///< or is to be
  };
  /// An ended task whose output is on its way from its rank to a file.
  struct moving {
    entry what;
    job at;  ///< of the attempt here
    completion how;
    stream from = stream::out;
    std::uint64_t offset = 0;
    bool asked = false;
  };

  // crew::client: of this crew's scheduler
  std::size_t task_size(task_id task) override { return find(task)->order.size(); }
  void write_task(task_id task, std::byte* to) override;
  void keep_result(task_id task, std::span<const std::byte> payload) override;
  void keep_error(task_id task, std::span<const std::byte> payload) override { keep_result(task, payload); }
  void heard(const heard_report& what) override;
  void stale(worker_id worker, job of, std::span<const std::byte> payload) override;
  void returned(worker_id worker, job of) override;
  void lost(worker_id worker, std::string_view why) override;
  void note(worker_id worker, job of, std::span<const std::byte> payload) override;
  void deliver(const cohort::dispatch::deliver& what) override;
  void give_up(const cohort::dispatch::give_up& what) override;

  void hear_farm();
  void obey(const cohort::crew::letter_reader::entry& order);
  void accept(job of, std::span<const std::byte> payload);
  void stop(task_id task);
  void give_back(std::size_t most);
  [[nodiscard]] bool waits(task_id task) const;
  void hand_back(task_id task);
  void stop_everything();
  void mind_the_time();
  [[nodiscard]] std::optional<ending> look_around();
  void end_what_runs();
  void tell_all(bytes_view text);

  [[nodiscard]] entry* find(task_id task);
  void end(task_id task, kind how, bytes&& result);
  void end(task_id task, kind how) { end(task, how, never_begun(*find(task))); }
  [[nodiscard]] static bytes never_begun(const entry& what);
  void report(const entry& what, kind how, bytes_view result);
  void move_outputs();

  const options& how_;
  correspondent& post_;
  drain& drain_;
  process_runner& local_;
  cohort::crew::coordinator crew_;
  std::map<task_id, entry> entries_;                              ///< by number in this crew's scheduler
  std::map<std::pair<task_id, std::uint32_t>, task_id> numbers_;  ///< by attempt at the farm
  std::deque<moving> moving_;
  cohort::crew::letter out_;
  std::uint32_t slots_;
  std::uint64_t ran_ = 0;
  bool told_to_drain_ = false;  ///< by SIGUSR1 to another rank
  bool closing_ = false;        ///< nothing more is begun
  bool dismissed_ = false;      ///< by the farm
};

}  // namespace cohort_farm
