#include <cohort/memory.hpp>

void use(const cohort::communicator& world) {
  const cohort::shared_window<int*> table{world, 3};
}
// EXPECT: cohort: a shared window holds plain elements, which other processes read as they lie in memory
