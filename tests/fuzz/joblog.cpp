// The log of cohort-farm's ended tasks.

#include "farm/joblog.hpp"

#include "farm/errors.hpp"
#include "farm/task_list.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto tasks = cohort_farm::task_list::parse("true\nfalse\nsleep 1\n", "tasks");
  try {
    for (const auto& [seq, end] :
         cohort_farm::read_joblog({reinterpret_cast<const char*>(data), size}, tasks, "log")) {
      if (seq == 0 || seq > tasks.size()) std::abort();
    }
  } catch (const cohort_farm::farm_error&) {
  }
  return 0;
}
