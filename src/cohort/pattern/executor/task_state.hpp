#pragma once

#include <cstdint>

namespace cohort {

/// Where a submitted task is. The names are Celery's.
enum class task_state : std::uint8_t {
  pending,    ///< waits for its arguments or for a worker
  started,    ///< runs (known only for tasks with a timeout, or with submit_options::track_started)
  retrying,   ///< has failed, and will be tried again
  succeeded,  ///< its result is here
  failed,     ///< ended without one: it threw, overran its timeout, or took its workers with it
  revoked     ///< cancelled, not begun before it expired, or drained (see drained_error)
};

[[nodiscard]] constexpr const char* to_string(task_state state) noexcept {
  switch (state) {
    case task_state::pending:
      return "pending";
    case task_state::started:
      return "started";
    case task_state::retrying:
      return "retrying";
    case task_state::succeeded:
      return "succeeded";
    case task_state::failed:
      return "failed";
    case task_state::revoked:
      return "revoked";
  }
  return "?";
}

[[nodiscard]] constexpr bool has_ended(task_state state) noexcept {
  return state >= task_state::succeeded;
}

}  // namespace cohort
