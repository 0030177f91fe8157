#include <cohort/p2p.hpp>
void use(const cohort::communicator& world, const int& value) {
  world.recv_into(value);
}
// EXPECT: cohort: the destination is const; receive into something that may change
