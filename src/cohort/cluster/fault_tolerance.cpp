#include <cohort/cluster/fault_tolerance.hpp>
#include <cohort/core/error.hpp>

namespace cohort::cluster {

bool fault_tolerant(const variables& environment) {
  const auto found = environment("COHORT_FAULT_TOLERANT");
  if (!found || found->empty() || *found == "0") return false;
  if (*found == "1") return true;
  throw argument_error{"COHORT_FAULT_TOLERANT is '" + *found +
                       "' (it says whether the job goes on when a rank is lost); set it to 1 or 0"};
}

}  // namespace cohort::cluster
