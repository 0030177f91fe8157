#pragma once

#include <cohort/dispatch/settings.hpp>

#include <chrono>
#include <cstdint>

namespace cohort {

/// How a farm runs its tasks: cohort::farm f{world, work, {.retries = 3, .timeout = 10s}}.
struct farm_options {
  std::uint32_t retries = 0;            ///< further attempts after a failure or a timeout
  std::chrono::nanoseconds timeout{0};  ///< per attempt; zero: none. See farm for what it can and cannot end
  std::chrono::nanoseconds grace = std::chrono::seconds{5};  ///< for tasks that overran it, to return all the same
  bool ordered = false;       ///< results in the order of the tasks, not as they come
  std::uint32_t threads = 1;  ///< tasks that each rank runs at the same time
  /// Tasks kept at a rank beyond those that run there; by default as many as their measured cost suggests.
  std::uint32_t prefetch = dispatch::automatic;
  dispatch::schedule schedule = dispatch::schedule::automatic;  ///< how the tasks are cut into messages
  std::uint32_t window = 65536;  ///< tasks taken from the input but not finished, at most: bounds the memory
};

}  // namespace cohort
