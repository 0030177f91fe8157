#include <cohort/collective.hpp>

void use(const cohort::communicator& world, int factor) {
  (void)world.scan(1, [factor](int a, int b) { return a + factor * b; });
}
// EXPECT: cohort: MPI cannot carry the state of an operation
