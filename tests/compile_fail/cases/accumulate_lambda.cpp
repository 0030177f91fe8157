#include <cohort/memory.hpp>

void use(const cohort::window<int>& win, const int& value) {
  auto epoch = win.lock_all();
  epoch.accumulate(value, [](int a, int b) { return a - b; }, {.target = 0});
}
// EXPECT: cohort: one-sided updates take MPI's own operations only
