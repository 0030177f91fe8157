#include <cohort/collective.hpp>
int add(int a, int b);
void use(const cohort::communicator& world) {
  (void)world.allreduce(1, add);
}
// EXPECT: cohort: MPI cannot carry the state of an operation; use a callable without captures or members
