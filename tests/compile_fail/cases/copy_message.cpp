#include <cohort/p2p.hpp>
void use(const cohort::communicator& world) {
  auto found = world.mprobe();
  auto copy = found;
}
// EXPECT: use of deleted function|call to (implicitly-)?deleted copy constructor
