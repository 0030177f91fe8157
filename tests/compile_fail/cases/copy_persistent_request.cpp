#include <cohort/p2p.hpp>
void use(const cohort::communicator& world, int& value) {
  auto coming = world.recv_init(value);
  auto copy = coming;
}
// EXPECT: use of deleted function|call to (implicitly-)?deleted copy constructor
