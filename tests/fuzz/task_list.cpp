// cohort-farm's file of commands.

#include "farm/task_list.hpp"

#include "farm/errors.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto tasks = cohort_farm::task_list::parse({reinterpret_cast<const char*>(data), size}, "tasks");
    for (std::size_t i = 0; i != tasks.size(); ++i) {
      if (tasks[i].find('\n') != std::string_view::npos || tasks.line_number(i) == 0) std::abort();
    }
  } catch (const cohort_farm::farm_error&) {
  }
  return 0;
}
