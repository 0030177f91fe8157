#include <cohort/p2p.hpp>

#include <string>
void use(const cohort::communicator& world) {
  auto coming = world.irecv<std::string>();
  auto copy = coming;
}
// EXPECT: use of deleted function|call to (implicitly-)?deleted copy constructor
