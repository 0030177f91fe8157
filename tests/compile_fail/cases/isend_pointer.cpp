#include <cohort/p2p.hpp>
void use(const cohort::communicator& world, const double* p) {
  (void)world.isend(p, {.dest = 0});
}
// EXPECT: cohort: a pointer means nothing on another rank
