#pragma once

#include <cohort/pattern/executor/detail/failure_record.hpp>

namespace cohort::detail {

/// How a guarded task's process ended without an outcome, as a failure that travels: exception_types::written of
/// type `crashed`. `status` is waitpid's.
[[nodiscard]] failure_record record_crash(const task_context& here, int status);

/// In place of a position in the list of types.
inline constexpr int crashed = -2;
/// Throws task_crashed.
[[noreturn]] void raise_crash(const exception_types::written& from, const task_failure& where);

}  // namespace cohort::detail
