#include "farm/plan.hpp"

#include <cohort/core/error.hpp>

#include <cstdio>
#include <utility>

namespace cohort_farm {

plan make_plan(const options& how) {
  plan result{task_list::read(how.tasks), {}, nullptr, 0};
  const bool resume = how.resume || how.resume_failed;
  if (!how.joblog.empty() && !(how.dry_run && !resume)) {
    auto log = resume ? joblog::resume(how.joblog, result.tasks) : joblog::create(how.joblog);
    result.log = std::make_unique<joblog>(std::move(log));
  }
  result.positions.reserve(result.tasks.size());
  for (std::uint32_t i = 0; i != result.tasks.size(); ++i) {
    if (resume && result.log) {
      const auto found = result.log->ended().find(std::uint64_t{i} + 1);
      if (found != result.log->ended().end() && (!how.resume_failed || found->second.succeeded())) {
        ++result.done_before;
        continue;
      }
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
