#include <cohort/p2p.hpp>
void use(const cohort::communicator& world) {
  auto coming = world.irecv<int>();
  auto copy = coming;
}
// EXPECT: use of deleted function|call to (implicitly-)?deleted copy constructor
