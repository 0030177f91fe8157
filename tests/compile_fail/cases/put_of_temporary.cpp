#include <cohort/memory.hpp>

void use(const cohort::window<int>& win) {
  auto epoch = win.lock_all();
  epoch.put(5, {.target = 0});
}
// EXPECT: cohort: the memory is borrowed until the epoch closes, and a temporary would be gone; name it
