#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/coordinator.hpp>
#include <cohort/pattern/crew/runner.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cohort::crew {

/// A sub-master: the ranks of a group, as one runner with as many slots as they have together. What the root
/// assigns to it a scheduler of its own assigns to the group; retries, timeouts and priorities stay with the root.
/// Jobs that no rank of the group has yet can be given back at once, so recalls of the root reach these only.
///
/// Reports say in `member` which rank of the group ran the job. Notes and changes of slots do not pass through;
/// that a rank is told to wind up does.
class group_runner final : public runner, private client {
 public:
  /// Every other rank of `group` runs serve() on it, towards this one, which works as well: `local` is its own
  /// runner. Blocks until all are there. `group` has at most 65,535 ranks, and carries no other messages.
  group_runner(const communicator& group, runner& local, dispatch::settings how, const std::string& host);

  [[nodiscard]] std::uint32_t slots() const override { return slots_; }
  void accept(job what, std::span<const std::byte> payload) override;
  void stop(job what) override;
  std::vector<job> give_back(std::size_t most) override;
  void collect(std::vector<report>& out, dispatch::duration patience) override;
  [[nodiscard]] std::size_t unfinished() const override { return numbers_.size(); }

  /// Ends the group: its ranks leave, without what they still run.
  void dismiss() { (void)coordinator_.dismiss(dispatch::duration{0}); }

 private:
  struct entry {
    job of;                          ///< at the root
    std::vector<std::byte> payload;  ///< the task; then the result, or the error
    dispatch::duration took{0};
    std::uint16_t member = 0;
    bool stopped = false;
  };
  struct same {
    bool operator()(job a, job b) const { return a.task == b.task && a.attempt == b.attempt; }
  };
  struct hash {
    std::size_t operator()(job a) const {
      return static_cast<std::size_t>((a.task * 0x9e3779b97f4a7c15U) ^ a.attempt);
    }
  };

  [[nodiscard]] entry* find(dispatch::task_id task);
  void end(dispatch::task_id task, report::kind how, std::vector<std::byte>&& payload);
  void forget(dispatch::task_id task);

  // client: of this group's scheduler
  std::size_t task_size(dispatch::task_id task) override { return find(task)->payload.size(); }
  void write_task(dispatch::task_id task, std::byte* to) override;
  void keep_result(dispatch::task_id task, std::span<const std::byte> payload) override;
  void keep_error(dispatch::task_id task, std::span<const std::byte> payload) override;
  void heard(const heard_report& what) override;
  void stale(dispatch::worker_id worker, job of, std::span<const std::byte> payload) override;
  void returned(dispatch::worker_id worker, job of) override;
  void deliver(const dispatch::deliver& what) override;
  void give_up(const dispatch::give_up& what) override;
  void told(dispatch::worker_id worker, std::uint16_t member, int signal) override;

  coordinator coordinator_;
  std::uint32_t slots_ = 0;
  std::deque<std::optional<entry>> entries_;  ///< by number in the group's scheduler
  dispatch::task_id first_ = 0;               ///< the number of the first of these
  std::unordered_map<job, dispatch::task_id, hash, same> numbers_;
  std::vector<report> reports_;
};

}  // namespace cohort::crew
