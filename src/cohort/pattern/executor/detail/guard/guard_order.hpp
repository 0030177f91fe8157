#pragma once

#include <cohort/memory/detail/node_block.hpp>
#include <cohort/pattern/travel/module_table.hpp>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace cohort::detail {

/// What a rank tells its helper process. `launch` comes with a socket for the task's bytes and its outcome, and a
/// pipe for how its process ended.
struct guard_order {
  enum class kind : std::uint32_t { setup, launch, kill };
  kind what = kind::setup;
  std::uint32_t attempt = 0;
  std::uint64_t number = 0;  ///< of the process, as the rank counts
  std::uint64_t task = 0;
  std::uint64_t bytes = 0;  ///< of the frame, which follows on the socket
  travel::function_key invoker;
  std::int32_t signal = 0;
};
static_assert(std::is_trivially_copyable_v<guard_order>);

/// Follows `setup`: what was not known yet when the helper was forked.
struct guard_setup {
  int rank = 0;
  std::string host;
  std::vector<travel::module_table::identity> modules;  ///< in the root's order
};

/// Leads what a task's process sends back: questions about shared data (a data_name follows), then the outcome.
struct guard_outcome {
  enum class kind : std::uint64_t { failed, succeeded, asks };
  std::uint64_t bytes = 0;
  kind what = kind::failed;
};

/// Answers a question; followed by a text, if the data cannot be had.
struct guard_answer {
  std::uint64_t bytes = 0;  ///< of the text
  block_place place;
};

}  // namespace cohort::detail
