#include <cohort/memory.hpp>

void use(const cohort::window<long>& win) {
  auto epoch = win.lock_all();
  epoch.compare_and_swap(1, 2, {.target = 0});
}
// EXPECT: cohort: Open MPI 4 crashes in MPI_Compare_and_swap of 8 bytes; use elements of at most 4
