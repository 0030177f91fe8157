#include <cohort/collective.hpp>
void use(const cohort::communicator& world, int modulus) {
  (void)world.reduce(1, [modulus](int a, int b) { return (a + b) % modulus; });
}
// EXPECT: cohort: MPI cannot carry the state of an operation; use a callable without captures or members
