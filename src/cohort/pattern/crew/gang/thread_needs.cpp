#include <cohort/collective/allreduce.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/pattern/crew/gang/thread_needs.hpp>

#include <fmt/format.h>

namespace cohort::crew {

bool all_multiple(const communicator& comm, const call_site& where) {
  return comm.allreduce(static_cast<int>(current_threads()), minimum{}, where) ==
         static_cast<int>(thread_level::multiple);
}

std::string needs_multiple(const std::string& what) {
  return fmt::format(
      "{} needs thread_level::multiple on every rank (tasks call MPI in threads of their own, and here MPI allows "
      "{}); make the environment with environment_options {{.threads = cohort::thread_level::multiple}}",
      what, to_string(current_threads()));
}

}  // namespace cohort::crew
