#include <cohort/memory.hpp>

void use(const cohort::window<int>& win) {
  const auto copy = win;
}
// EXPECT: deleted
