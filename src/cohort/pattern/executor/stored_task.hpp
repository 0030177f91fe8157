#pragma once

#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/executor/task_state.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace cohort {

/// What a result_store knows of a task.
struct stored_task {
  using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

  std::string id;    ///< submit_options::id, or the run and the number
  std::string run;   ///< of the program that submitted it last
  std::string name;  ///< submit_options::name, or the function's type
  std::string type;  ///< of the result
  task_state state = task_state::pending;
  std::uint32_t attempts = 0;  ///< begun, as far as is known
  int rank = -1;               ///< of the last attempt
  std::string host;
  time_point submitted{};
  time_point started{};  ///< known only for tasks whose start is told (see task_state::started)
  time_point ended{};
  double seconds = 0;       ///< that the function ran, if it succeeded
  std::uint64_t bytes = 0;  ///< of the result, as it is stored
  std::string error_type;
  std::string error;
  dispatch::end_reason reason = dispatch::end_reason::failed;  ///< of a task that failed or was revoked
  std::uint64_t reused = 0;  ///< how often the result was taken instead of running the task again
};

}  // namespace cohort
