#include "farm/plan.hpp"

#include <cohort/core/error.hpp>

#include "farm/result_files.hpp"

#include <cstdio>
#include <utility>

namespace cohort_farm {

plan make_plan(const options& how) {
  plan result{task_list::read(how.tasks), {}, nullptr, 0, 0};
  const bool resume = how.resume || how.resume_failed;
  logged_ends ended;
  if (how.dry_run) {
    if (resume) ended = joblog::look(how.joblog, result.tasks);
  } else if (!how.joblog.empty()) {
    auto log = resume ? joblog::resume(how.joblog, result.tasks) : joblog::create(how.joblog);
    result.log = std::make_unique<joblog>(std::move(log));
    ended = result.log->ended();
  }
  if (!how.results.empty() && !how.dry_run) result_files{how.results}.check();
  result.positions.reserve(result.tasks.size());
  for (std::uint32_t i = 0; i != result.tasks.size(); ++i) {
    const auto found = ended.find(std::uint64_t{i} + 1);
    if (found != ended.end() && (!how.resume_failed || found->second.succeeded())) {
      ++result.done_before;
      if (!found->second.succeeded()) ++result.failed_before;
      continue;
    }
    result.positions.push_back(i);
  }
  return result;
}

void print_plan(const plan& what) {
  for (const auto position : what.positions) {
    const auto line = what.tasks[position];
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  }
}

}  // namespace cohort_farm
