#include <cohort/collective.hpp>

void use(const cohort::communicator& world) {
  (void)world.alltoall(3);
}
// EXPECT: cohort: alltoall takes a range: one element, or one equal block, for each rank
