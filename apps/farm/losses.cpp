#include "farm/losses.hpp"

#include <cohort/cluster/allocation.hpp>

#include "farm/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cohort_farm {

bool launcher_goes_on() {
  // mpirun hands its settings to the ranks.
  return cohort::cluster::process_variable("OMPI_MCA_orte_enable_recovery").value_or("0") == "1";
}

void check_launcher(const options& how, int ranks) {
  if (!how.fault_tolerant || ranks == 1 || launcher_goes_on()) return;
  throw farm_error{
      "--fault-tolerant is of no use under this launcher (it ends all ranks when one is lost); start it by "
      "cohort-run --fault-tolerant"};
}

std::string describe(const loss& what) {
  constexpr std::size_t most = 20;
  std::string tasks;
  const auto named = std::min(what.ran.size(), most);
  for (std::size_t i = 0; i != named; ++i) tasks += fmt::format("{}{}", i == 0 ? "" : ", ", what.ran[i]);
  if (what.ran.size() > named) tasks += fmt::format(" and {} more", what.ran.size() - named);
  const auto end = what.ran.empty()       ? std::string{"it ran nothing"}
                   : !what.again          ? fmt::format("left undone, since nothing more is started: {}", tasks)
                   : what.ran.size() == 1 ? fmt::format("task {} runs again elsewhere", tasks)
                                          : fmt::format("tasks {} run again elsewhere", tasks);
  return fmt::format("cohort-farm: rank {}{} is lost ({}); {}\n", what.rank,
                     what.host.empty() ? std::string{} : " on " + what.host, what.why, end);
}

std::string deadly(std::uint64_t seq) {
  return fmt::format(
      "cohort-farm: task {} has failed (each of three ranks on which it ran was lost); see whether it takes a "
      "host's "
      "memory, or kills what runs it\n",
      seq);
}

}  // namespace cohort_farm
