#pragma once

#include <cohort/async/waiter.hpp>

#include <mpi.h>

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace cohort::detail {

struct request_group;

/// A task that waits for an operation of MPI: for its handle, among others, or by being asked itself.
class request_waiter : public waiter {
 protected:
  request_waiter() = default;
  ~request_waiter();
  /// In await_suspend: waits for `raw`, which may be complete already.
  template <class Promise>
  void wait_for(MPI_Request raw, std::coroutine_handle<Promise> task) {
    begin(raw, task.promise().where().loop());
    suspend(task);
  }
  /// In await_suspend: waits until look() says true.
  template <class Promise>
  void wait_for_look(std::coroutine_handle<Promise> task) {
    begin(task.promise().where().loop());
    suspend(task);
  }
  /// What MPI said of the handle, once woken. @{
  [[nodiscard]] MPI_Request left() const noexcept { return left_; }
  [[nodiscard]] const MPI_Status& outcome() const noexcept { return outcome_; }
  [[nodiscard]] int code() const noexcept { return code_; }
  /// @}
  /// For stop(): looks once more, since MPI_Cancel may have completed it.
  void look_now() noexcept;

 private:
  friend class request_table;
  void begin(MPI_Request raw, event_loop& where);
  void begin(event_loop& where);
  void end(MPI_Request raw, const MPI_Status& how, int code) noexcept;
  /// MPI has completed it and left `raw` of its handle.
  virtual void completed(MPI_Request raw) noexcept = 0;
  /// Whether it is complete. Keeps what it throws to itself.
  virtual bool look() noexcept = 0;

  MPI_Request left_ = MPI_REQUEST_NULL;
  MPI_Status outcome_{};
  int code_ = MPI_SUCCESS;
  bool asked_ = false;              ///< is in the table to be asked
  std::size_t place_ = 0;           ///< in its group, or among those that are asked
  request_group* group_ = nullptr;  ///< is in the table with its handle
};

/// The operations of MPI that tasks of one loop wait for.
///
/// MPI_Testsome goes through all requests it is given, so thousands of pending ones would make each completion cost
/// thousands of looks. They are kept in groups of 64. A look tests the group that brought something last and the
/// one that is being filled, which hold what is likely to complete: messages come in about the order in which their
/// receives were posted, and a conversation's next receive is the youngest. The others take turns, one in each
/// look; only looks that find nothing test ever more of them, since the loop has nothing else to do then. So the
/// cost of a completion does not depend on how many are pending, for messages that come in about the order of
/// posting.
class request_table {
 public:
  request_table();
  request_table(const request_table&) = delete;
  request_table& operator=(const request_table&) = delete;
  ~request_table();

  [[nodiscard]] bool empty() const noexcept { return size_ == 0 && asked_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_ + asked_.size(); }
  void add(request_waiter& one, MPI_Request raw);
  void add_asked(request_waiter& one);
  void remove(request_waiter& one) noexcept;
  void look_at(request_waiter& one) noexcept;

  /// One look. `eager`: the loop has nothing else to do. Throws mpi_error if MPI fails as a whole.
  void poll(bool eager);

 private:
  void poll_one();
  std::size_t test(request_group& group);
  void take_turns(bool eager);
  bool merge(request_group& group) noexcept;
  void ask();
  request_group& room();
  void drop(std::size_t which) noexcept;

  std::size_t size_ = 0;
  std::vector<std::unique_ptr<request_group>> groups_;
  std::vector<std::unique_ptr<request_group>> spare_;
  request_group* filling_ = nullptr;
  request_group* hot_ = nullptr;
  std::size_t turn_ = 0;   ///< the next group to be looked at by turns
  std::size_t share_ = 1;  ///< how many of them in the next look
  unsigned looks_ = 0;
  std::vector<request_waiter*> asked_;
  std::size_t asked_turn_ = 0;
};

}  // namespace cohort::detail
