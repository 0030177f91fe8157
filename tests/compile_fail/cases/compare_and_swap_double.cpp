#include <cohort/memory.hpp>

void use(const cohort::window<double>& win) {
  auto epoch = win.lock_all();
  epoch.compare_and_swap(1.0, 2.0, {.target = 0});
}
// EXPECT: cohort: compare_and_swap takes integers, enums, bool and std::byte only
