#pragma once

#include <cohort/pattern/crew/client.hpp>
#include <cohort/pattern/crew/gang/gang_master.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace cohort::crew {

/// Stands between a coordinator and a program all of whose tasks are gangs of the same size. The program knows
/// nothing of seats: to it tasks have numbers in the order in which it adds them, and a task was where its leader
/// was. A seat's payload is the job that the scheduler knows the gang's attempt by, with the program's number for
/// the task, and the task.
class gang_front final : public client, private gang_host {
 public:
  /// `say_started`: as runners do whose jobs may have a timeout, or are to be known before they have ended.
  gang_front(client& program, std::uint32_t ranks, bool say_started);

  /// Before the first task: the coordinator whose client this is, on the rank `root`; every rank has so many slots.
  void attach(coordinator& over, dispatch::worker_id root, std::uint32_t slots_per_rank);

  /// Adds the program's next task.
  void add(dispatch::task_options how);

  [[nodiscard]] const gang_master& gangs() const noexcept { return *gangs_; }

  /// client @{
  void joined(dispatch::worker_id worker) override { gangs_->joined(worker); }
  std::size_t task_size(dispatch::task_id task) override;
  void write_task(dispatch::task_id task, std::byte* to) override;
  void keep_result(dispatch::task_id task, std::span<const std::byte> payload) override;
  void keep_error(dispatch::task_id task, std::span<const std::byte> payload) override;
  void heard(const heard_report& what) override;
  void stale(dispatch::worker_id worker, job of, std::span<const std::byte> payload) override;
  void deliver(const dispatch::deliver& what) override;
  void give_up(const dispatch::give_up& what) override;
  void retry(const dispatch::retry& what) override;
  void note(dispatch::worker_id worker, job of, std::span<const std::byte> payload) override;
  void told(dispatch::worker_id worker, std::uint16_t member, int signal) override {
    program_.told(worker, member, signal);
  }
  /// @}

 private:
  struct known {
    dispatch::task_id number = 0;    ///< the program's
    dispatch::worker_id leader = 0;  ///< of the last attempt that has begun
  };

  [[nodiscard]] gang_terms terms_of(dispatch::task_id gang) const override;
  dispatch::task_id add_seat(const dispatch::task_options& how) override;
  [[nodiscard]] known end(dispatch::task_id gang);

  client& program_;
  gang_terms terms_;
  coordinator* over_ = nullptr;
  std::unique_ptr<gang_master> gangs_;
  std::unordered_map<dispatch::task_id, known> tasks_;  ///< gangs that have not ended, by the scheduler's number
  dispatch::task_id next_ = 0;
};

}  // namespace cohort::crew
