#pragma once

#include <cohort/dispatch/types.hpp>

#include <chrono>

namespace cohort::crew {

/// The time as the scheduler wants it.
inline dispatch::time_point now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace cohort::crew
