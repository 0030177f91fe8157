#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace cohort_simulate {

using std::chrono::nanoseconds;

enum class distribution : std::uint8_t { constant, exponential, pareto, sorted };

/// The name as the command line has it.
[[nodiscard]] std::string to_string(distribution kind);

/// How long each task runs: a function of its number alone, so that nothing is kept and any program can compute it.
class lengths {
 public:
  lengths(distribution kind, nanoseconds mean, std::uint64_t tasks, std::uint64_t seed)
      : kind_{kind}, mean_{static_cast<double>(mean.count())}, tasks_{tasks}, seed_{seed} {}

  [[nodiscard]] nanoseconds operator()(std::uint64_t task) const;

 private:
  distribution kind_;
  double mean_;
  std::uint64_t tasks_;
  std::uint64_t seed_;
};

}  // namespace cohort_simulate
