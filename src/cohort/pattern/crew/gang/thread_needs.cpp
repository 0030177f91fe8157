#include <cohort/collective/allreduce.hpp>
#include <cohort/core/environment.hpp>
#include <cohort/core/exception_text.hpp>
#include <cohort/pattern/crew/gang/thread_needs.hpp>

#include <fmt/format.h>

namespace cohort::crew {

bool all_multiple(const communicator& comm, const call_site& where) {
  return comm.allreduce(static_cast<int>(current_threads()), minimum{}, where) ==
         static_cast<int>(thread_level::multiple);
}

std::string needs_multiple(const std::string& what) {
  return fmt::format(
      "{} needs thread_level::multiple on every rank (threads of cohort's call MPI beside the program's, and here "
      "MPI allows {}); make the environment with environment_options {{.threads = cohort::thread_level::multiple}}",
      what, to_string(current_threads()));
}

std::string with_cause(std::string text, const std::exception_ptr& before) {
  if (!before) return text;
  try {
    std::rethrow_exception(before);
  } catch (...) {
    const auto cause = current_exception_text();
    if (text.find(cause.message) == std::string::npos)
      text += fmt::format("; before that: {}: {}", cause.type, cause.message);
  }
  return text;
}

}  // namespace cohort::crew
