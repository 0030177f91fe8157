#pragma once

#include "farm/joblog.hpp"
#include "farm/options.hpp"
#include "farm/task_journal.hpp"
#include "farm/task_list.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace cohort_farm {

/// What a run is to do: the list, the positions in it of the tasks to run, and the log to write.
struct plan {
  task_list tasks;
  std::vector<std::uint32_t> positions;
  std::unique_ptr<joblog> log;            ///< null: none
  std::unique_ptr<task_journal> journal;  ///< null: none
  std::uint64_t done_before = 0;          ///< tasks that an earlier run has ended
  std::uint64_t failed_before = 0;        ///< of these
  std::vector<double> runtimes;           ///< in seconds, of tasks that an earlier run has ended
};

/// Reads the list and, with --resume, what the log or the journal says is done. Unless this is a --dry-run, opens
/// both, adds to each the ends that only the other has, and makes the directory of --results. Throws farm_error.
[[nodiscard]] plan make_plan(const options& how);

/// --dry-run: the commands that would run, on standard output.
void print_plan(const plan& what);

}  // namespace cohort_farm
