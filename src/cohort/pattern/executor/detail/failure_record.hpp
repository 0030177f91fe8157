#pragma once

#include <cohort/pattern/executor/detail/future_core.hpp>
#include <cohort/pattern/executor/exception_types.hpp>
#include <cohort/pattern/task_error.hpp>

namespace cohort {
class task_context;
}

namespace cohort::detail {

/// A failure as it travels.
struct failure_record {
  task_failure failure;
  exception_types::written exception;
};

/// Of the exception being handled, thrown by the task.
[[nodiscard]] failure_record record_failure(const task_context& here);

}  // namespace cohort::detail
