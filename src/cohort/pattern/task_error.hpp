#pragma once

#include <cohort/core/error.hpp>
#include <cohort/dispatch/types.hpp>

#include <cstdint>
#include <string>

namespace cohort {

/// Where and how a task failed, as it comes back to the root. Travels by value.
struct task_failure {
  std::string type;     ///< of the exception, as written in C++; empty if it threw none
  std::string message;  ///< its what(); of a timeout its length, of a drained task why
  std::string host;
  std::string name{};  ///< the task's, if it has one (submit_options::name)
  int rank = -1;
  std::uint64_t task = 0;     ///< the task's number, in the order of submission from 0
  std::uint32_t attempt = 0;  ///< of the last attempt, from 0
  dispatch::end_reason reason = dispatch::end_reason::failed;

  /// One line: "task 7 failed on rank 2 (node1), attempt 1 of ...: std::runtime_error: no such page".
  [[nodiscard]] std::string describe() const;
};

/// A task ended without a result, and the program did not handle it.
class task_error : public error, public task_failure {
 public:
  explicit task_error(task_failure what) : error{what.describe()}, task_failure{std::move(what)} {}
  [[nodiscard]] const task_failure& failure() const noexcept { return *this; }

 protected:
  /// With a message of its own.
  task_error(task_failure what, const std::string& text) : error{text}, task_failure{std::move(what)} {}
};

/// The task was cancelled, or had not begun before it expired.
class cancelled_error : public task_error {
 public:
  using task_error::task_error;
};

/// The task was not run to its end, since its farm or executor winds up (see drain_options). It has not failed, and
/// no retry was burned: run it in the next life of the program.
class drained_error : public task_error {
 public:
  explicit drained_error(task_failure what) : task_error{std::move(what)} {}

 protected:
  using task_error::task_error;
};

namespace detail {
/// Type and what() of the exception being handled.
[[nodiscard]] task_failure describe_current_exception();
}  // namespace detail

}  // namespace cohort
