#include <cohort/memory.hpp>

void use(const cohort::window<int>& win, int value) {
  auto epoch = win.fence_epoch();
  (void)epoch.rput(value, {.target = 0});
}
// EXPECT: .rput.
