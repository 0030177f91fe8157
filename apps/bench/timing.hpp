#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

/// What every benchmark of this folder does with times.
namespace cohort_bench {

using steady = std::chrono::steady_clock;

inline double seconds_since(steady::time_point begun) {
  return std::chrono::duration<double>(steady::now() - begun).count();
}

/// Of at least one.
inline double median(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  return of[of.size() / 2];
}

}  // namespace cohort_bench
