#include <cohort/p2p.hpp>
void use(const cohort::communicator& world, const int& value) {
  (void)world.recv_init(value);
}
// EXPECT: cohort: the destination is const; receive into something that may change
