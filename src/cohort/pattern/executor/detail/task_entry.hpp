#pragma once

#include <cohort/core/buffer.hpp>
#include <cohort/dispatch/types.hpp>
#include <cohort/pattern/executor/detail/future_core.hpp>
#include <cohort/pattern/executor/detail/nested_note.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace cohort::detail {

/// What the root keeps of a task that has not ended.
struct task_entry {
  frame_head head;
  buffer<std::byte> bytes;
  std::shared_ptr<future_core> core;  ///< null for a task's task:
  dispatch::worker_id submitter = 0;
  std::uint64_t number = 0;  ///< as the submitter counts
  std::uint32_t function = 0;
  std::uint32_t retries = 0;
  std::uint32_t ranks = 1;  ///< that run it together
  dispatch::queue_id queue = 0;
  dispatch::duration timeout{0};
  bool series = false;           ///< see task_terms
  std::uint16_t leader = 0;      ///< of these, if any have begun
  std::vector<std::byte> error;  ///< of the last attempt that failed: a failure_record
};

}  // namespace cohort::detail
