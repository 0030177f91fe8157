#pragma once

#include <cohort/core/communicator.hpp>
#include <cohort/pattern/crew/gang/seat_desk.hpp>

#include <optional>
#include <utility>

namespace cohort {
class task_context;
}

namespace cohort::detail {

/// Who runs a task together: the ranks of its communicator, which for a task of one rank is made when it asks.
class membership {
 public:
  /// `desk`: null if tasks must not call MPI.
  explicit membership(crew::seat_desk* desk) noexcept : desk_{desk} {}

  void join(communicator comm) { comm_ = std::move(comm); }
  /// Throws argument_error if there can be none.
  [[nodiscard]] const communicator& ranks();
  /// Others run the task too.
  [[nodiscard]] bool in_company() const noexcept { return comm_ && comm_->size() > 1; }

 private:
  crew::seat_desk* desk_;
  std::optional<communicator> comm_;
};

/// If this one of several that run a task fails, the task has.
[[nodiscard]] bool in_company(const task_context& here) noexcept;

/// Tasks that call MPI cannot be run here: what to do.
[[noreturn]] void throw_no_threads(const char* what);

}  // namespace cohort::detail
