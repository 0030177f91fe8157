#include "farm/serving.hpp"

#include <cohort/pattern/crew/serve.hpp>

#include "farm/errors.hpp"
#include "farm/interruption.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace cohort_farm {

int serve_farm(const cohort::communicator& comm, process_runner& runner, int rank, const std::string& host,
               const cohort::crew::survival& losses) {
  bool told = false;
  const auto interrupted = [&runner, &told] {
    if (!interruption::requested()) return false;
    if (told && runner.unfinished() != 0) runner.end_all();  // the root knows: it gives our tasks to others
    return told = true;
  };
  try {
    cohort::crew::serve(comm, runner, 0, host, interrupted, losses);
    return 0;
  } catch (const cohort::crew::root_lost& e) {
    (void)std::fputs(fmt::format("cohort-farm: rank {} on {}: {}\n", rank, host, e.what()).c_str(), stderr);
    return error_status;
  }
}

}  // namespace cohort_farm
