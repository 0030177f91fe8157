#include <cohort/memory.hpp>

void use(const cohort::window<int>& win, const double& value) {
  auto epoch = win.lock_all();
  epoch.put(value, {.target = 0});
}
// EXPECT: cohort: this window holds elements of another type; give one of them, or a contiguous range
