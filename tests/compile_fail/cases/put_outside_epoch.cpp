#include <cohort/memory.hpp>

void use(const cohort::window<int>& win, int value) {
  win.put(value, {.target = 0});
}
// EXPECT: .put.
