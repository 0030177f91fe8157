#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/executor/detail/kept_state.hpp>
#include <cohort/pattern/executor/submission.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <typeinfo>

namespace cohort {

class task_context;

namespace detail {
class guarded_home;
class membership;
class rank_services;
[[nodiscard]] bool in_company(const task_context& here) noexcept;
class attempts;
}  // namespace detail

/// A task's view of the executor that runs it. A function that wants one takes it first:
///
///   int sum(cohort::task_context& here, int depth) { auto left = here.submit(sum, depth - 1); ... }
///
/// Valid while the task runs. submit(), map() and their like work as the executor's do. While a task waits for a
/// future, its rank runs others in its place; tasks of tasks come before other tasks of the same priority.
class task_context : public submission {
 public:
  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] const std::string& host() const noexcept { return *host_; }
  /// The task's number, in the order of submission from 0.
  [[nodiscard]] std::uint64_t task() const noexcept { return task_; }
  /// From 0.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return attempt_; }
  /// The task has been cancelled, has overrun its timeout, or the executor's time is over: nobody waits for its
  /// result any more. A long task looks at it now and then, and returns.
  [[nodiscard]] bool stop_requested() const noexcept { return stop_->load(std::memory_order_relaxed); }
  /// What executor_options::state has made on this rank, the same object for all its tasks; see rank_state. Throws
  /// argument_error if it is not a T; in a guarded task also what making it throws.
  template <class T>
  [[nodiscard]] T& state() const {
    return *static_cast<T*>(state_->get(typeid(T)));
  }

  /// The ranks that run the task together (submit_options::ranks), the one whose result counts first: for their
  /// messages to each other, as long as the task runs. Of a task that one rank runs: that rank alone, made by the
  /// first call. Throws argument_error unless MPI allows thread_level::multiple, and in guarded tasks.
  [[nodiscard]] const cohort::communicator& communicator() const;

 private:
  friend class detail::guarded_home;
  friend class detail::rank_services;
  friend bool detail::in_company(const task_context& here) noexcept;
  friend class detail::attempts;
  task_context(detail::task_home& home, const submit_options& options) : submission{home, options} {}

  int rank_ = 0;
  const std::string* host_ = nullptr;
  std::uint64_t task_ = 0;
  std::uint32_t attempt_ = 0;
  const std::atomic<bool>* stop_ = nullptr;
  detail::kept_state* state_ = nullptr;
  detail::membership* membership_ = nullptr;  ///< null: guarded
};

}  // namespace cohort
