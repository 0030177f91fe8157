#pragma once

#include <cohort/pattern/farm_report.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace cohort {

/// What became of the calls of one function.
struct function_report {
  std::string name;             ///< as the compiler writes its type: a lambda's names where it stands
  std::uint64_t submitted = 0;  ///< tasks; a chunk of a map is one
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  double seconds = 0;  ///< spent in those that succeeded
};

/// What an executor has done so far.
struct executor_report {
  std::uint64_t tasks = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t drained = 0;  ///< not run to their end, since the executor winds up
  std::uint64_t retried = 0;  ///< attempts that were followed by another, since they failed or took too long
  std::uint64_t rerun = 0;    ///< or since their rank was lost
  std::uint64_t reused =
      0;  ///< not among the tasks: their results were in the result store (submit_options::reuse) or the journal
  std::uint64_t waiting = 0;  ///< for a rank, or running
  double seconds = 0;         ///< since it began
  std::vector<rank_report> ranks;
  std::vector<function_report> functions;
};

}  // namespace cohort
