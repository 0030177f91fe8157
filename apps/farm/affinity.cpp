#include "farm/affinity.hpp"

#include <sched.h>
#include <unistd.h>

namespace cohort_farm {

void make_room(std::uint32_t jobs) noexcept {
  cpu_set_t own;
  cpu_set_t launcher;
  if (::sched_getaffinity(0, sizeof own, &own) != 0 || static_cast<std::uint32_t>(CPU_COUNT(&own)) >= jobs) return;
  if (::sched_getaffinity(::getppid(), sizeof launcher, &launcher) != 0) return;
  if (CPU_COUNT(&launcher) > CPU_COUNT(&own)) (void)::sched_setaffinity(0, sizeof launcher, &launcher);
}

}  // namespace cohort_farm
