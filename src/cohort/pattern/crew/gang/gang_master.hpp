#pragma once

#include <cohort/pattern/crew/coordinator.hpp>
#include <cohort/pattern/crew/gang/seat_note.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cohort::crew {

/// What the program on the root knows of a task that several ranks run together: a gang.
struct gang_terms {
  std::uint32_t ranks = 1;
  int priority = 0;
  bool nested = false;  ///< submitted by a task, which may wait for it
  bool say_started = false;
  dispatch::queue_id queue = 0;  ///< whose ranks may be members
};

class gang_host {
 public:
  gang_host() = default;
  gang_host(const gang_host&) = delete;
  gang_host& operator=(const gang_host&) = delete;
  virtual ~gang_host() = default;
  [[nodiscard]] virtual gang_terms terms_of(dispatch::task_id gang) const = 0;
  /// Adds a task to the scheduler: one member's part in a gang.
  virtual dispatch::task_id add_seat(const dispatch::task_options& how) = 0;
};

/// The root's half of gangs. Reports say in `member` which rank leads. To the scheduler it is one more worker, to
/// which all gangs go, so retries, timeouts, moments and cancellation of gangs are the scheduler's. A gang's
/// members have seats: tasks of the scheduler's, too, in queues that only the chosen rank serves at that moment.
/// When all seats have begun, the members are told, and not before do they make their communicator.
///
/// One gang assembles at a time. It reserves its ranks: one that was chosen gets nothing new until its seat has
/// begun. Tasks that run end by themselves, or wait for others and lend their slot meanwhile, so a gang is complete
/// some time. But not if a member of a running gang waits for a task: the other members lend nothing, and what it
/// waits for may need a rank that is reserved. So while one does, ranks are reserved only for gangs that a task has
/// submitted, and only for a time (longer each time); other gangs wait until enough ranks are free at once.
class gang_master final : public runner {
 public:
  /// `served`: the queues of each rank. Queues from `first_queue` on are used here. Joins the crew of `over` as a
  /// worker.
  gang_master(coordinator& over, gang_host& host, std::uint32_t slots_per_rank,
              std::vector<std::vector<dispatch::queue_id>> served, dispatch::queue_id first_queue);

  /// Of gangs.
  [[nodiscard]] dispatch::queue_id queue() const noexcept { return first_queue_; }
  [[nodiscard]] dispatch::worker_id worker() const noexcept { return worker_; }

  /// runner: of gangs. @{
  [[nodiscard]] std::uint32_t slots() const override { return 65535; }
  void accept(job what, std::span<const std::byte> payload) override;
  void stop(job what) override;
  /// Those that do not run, if the run winds up; other workers could not do more about them.
  std::vector<job> give_back(std::size_t most) override;
  void collect(std::vector<report>& out, dispatch::duration patience) override;
  [[nodiscard]] std::size_t unfinished() const override { return by_job_.size(); }
  /// A gang is about to be complete, and its ranks wait for the word.
  [[nodiscard]] bool wants_help() const override;
  /// @}

  /// As the client's calls of these names, to be passed on: those about seats. @{
  void joined(dispatch::worker_id worker);
  /// The gang whose seat this is; null: it is no seat.
  [[nodiscard]] bool is_seat(dispatch::task_id task) const { return seats_.contains(task); }
  [[nodiscard]] job gang_of(dispatch::task_id task) const { return seats_.at(task).gang; }
  void keep_result(dispatch::task_id task, std::span<const std::byte> payload);
  void keep_error(dispatch::task_id task, std::span<const std::byte> payload);
  void deliver(dispatch::task_id task);
  void give_up(dispatch::task_id task, dispatch::end_reason why);
  void stale(job what);
  /// False: it is none of ours.
  bool note(std::span<const std::byte> text);
  /// @}

  /// Seats so far, by how they ended.
  struct seat_counts {
    std::uint64_t added = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t drained = 0;
    [[nodiscard]] std::uint64_t unfinished() const { return added - succeeded - failed - cancelled - drained; }
  };
  [[nodiscard]] const seat_counts& counts() const noexcept { return counts_; }

  /// Assigned tasks that only wait for ranks: gangs, and seats whose gang is not complete.
  [[nodiscard]] std::size_t held() const;

  /// Gangs that have ended but for members who are still inside.
  struct left_inside {
    job gang;
    std::vector<std::byte> failure;  ///< what the first member that failed said; empty: it was stopped
    std::vector<int> ranks;
  };
  [[nodiscard]] std::vector<left_inside> inside() const;

 private:
  struct seat {
    dispatch::worker_id rank = 0;
    dispatch::task_id task = 0;
    std::uint32_t attempt = 0;
    bool begun = false;
    bool left = false;
  };
  struct gang {
    job of;
    gang_terms terms;
    std::uint64_t serial = 0;
    std::uint64_t turn = 0;
    std::vector<seat> seats;  ///< when it runs: by rank, the leader first
    int dissolved = 0;        ///< so often its ranks were let go before it was complete
    dispatch::time_point hold_until{0};
    dispatch::time_point begun{0};
    bool running = false;
    bool ended = false;  ///< and was reported
    std::vector<std::byte> result;
    std::vector<std::byte> failure;
  };
  struct seat_record {
    job gang;
    std::uint64_t serial = 0;  ///< 0: nothing of it is wanted any more
    bool told = false;         ///< the scheduler has said how it ended
  };
  /// Those of tasks first, then those that have had fewer chances, then by priority, then in turn; and the serial.
  using order = std::tuple<int, int, std::int64_t, std::uint64_t, std::uint64_t>;

  // gang_master.cpp: the life of a gang
  void enqueue(gang& g);
  void go(gang& g);
  void member_left(gang& g, dispatch::task_id task);
  void end(gang& g, report::kind how, std::vector<std::byte> payload);
  void settle(gang& g);
  void told(dispatch::task_id task);
  [[nodiscard]] gang* find(dispatch::task_id task);
  [[nodiscard]] static order order_of(const gang& g);
  [[nodiscard]] static std::uint16_t leader_of(const gang& g);

  // gang_assembly.cpp: how its ranks are found
  void pump();
  void start(bool calm);
  void assemble(gang& g, const std::vector<dispatch::worker_id>& ranks);
  void take_seat(seat& s, std::size_t position, const gang& g);
  void withdraw(seat& s);
  void withdraw_all(gang& g);
  void call_off(gang& g);
  void improve(gang& g);
  void serve_own(dispatch::worker_id rank);
  [[nodiscard]] bool calm() const;
  [[nodiscard]] bool has_room(const seat& s) const;
  [[nodiscard]] int reluctance(dispatch::worker_id rank) const;
  [[nodiscard]] bool may_join(dispatch::worker_id rank, const gang& g) const;
  [[nodiscard]] std::vector<dispatch::worker_id> choose(const gang& g, bool free_only) const;

  coordinator& over_;
  gang_host& host_;
  std::uint32_t slots_per_rank_;
  std::vector<std::vector<dispatch::queue_id>> served_;
  dispatch::queue_id first_queue_;
  dispatch::worker_id worker_;
  std::uint64_t next_serial_ = 0;
  std::uint64_t next_turn_ = 0;
  std::map<std::uint64_t, gang> gangs_;                                          ///< by serial
  std::map<std::pair<dispatch::task_id, std::uint32_t>, std::uint64_t> by_job_;  ///< not reported yet
  std::set<order> waiting_;
  std::uint64_t assembling_ = 0;
  int resting_ = 0;  ///< looks until the next may assemble: others get the ranks that were let go
  std::unordered_map<dispatch::task_id, seat_record> seats_;
  std::vector<std::uint32_t> inside_;  ///< members of gangs at each rank, from `go` until they leave
  std::vector<report> reports_;
  seat_counts counts_;
};

}  // namespace cohort::crew
